#include "src/compile/requests.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "src/compile/message.h"
#include "tests/message.h"

namespace jitgemm::compile {
namespace {

// Tells what it was asked, in its cubin.
class Echo : public Compiler {
 public:
  const std::string& build() const override { return build_; }
  Result<Compiled> compile(const codegen::Source& source,
                           const std::vector<std::string>& options) override {
    if (source.text.empty()) return Status(StatusCode::kCompileFailed, "no text", "the log");
    std::string all = source.text;
    for (const codegen::Header& header : source.headers)
      all.append("|").append(header.name).append("=").append(header.text);
    for (const std::string& option : options) all += "|" + option;
    return Compiled{.cubin = all,
                    .ptxas = {.registers = 1,
                              .stack_bytes = 2,
                              .spill_store_bytes = 3,
                              .spill_load_bytes = 4,
                              .warnings = {"one", "two"}},
                    .ms = 12.25};
  }

 private:
  const std::string build_ = "echo 1";
};

class RequestsTest : public ::testing::Test {
 protected:
  RequestsTest() {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    answering_ = std::thread([this] {
      answer_requests(ends_[1], echo_);
      ::shutdown(ends_[1], SHUT_RDWR);
    });
  }
  ~RequestsTest() override {
    ::shutdown(ends_[0], SHUT_RDWR);
    answering_.join();
    for (int end : ends_) ::close(end);
  }
  int socket() const { return ends_[0]; }

 private:
  Echo echo_;
  int ends_[2] = {-1, -1};
  std::thread answering_;
};

TEST_F(RequestsTest, AnswersAreThoseOfTheCompiler) {
  const Result<std::string> build = await_greeting(socket());
  ASSERT_TRUE(build.ok());
  EXPECT_EQ(*build, "echo 1");

  const codegen::Source source = {
      .text = "page", .headers = {{"a.cuh", "A"}, {"b.cuh", ""}}, .digest = {}};
  const Result<Compiled> compiled = request(socket(), source, {"-x", "-y=1"});
  ASSERT_TRUE(compiled.ok()) << compiled.status().message();
  EXPECT_EQ(compiled->cubin, "page|a.cuh=A|b.cuh=|-x|-y=1");
  EXPECT_EQ(compiled->ms, 12.25);
  EXPECT_EQ(compiled->ptxas.registers, 1);
  EXPECT_EQ(compiled->ptxas.stack_bytes, 2);
  EXPECT_EQ(compiled->ptxas.spill_store_bytes, 3);
  EXPECT_EQ(compiled->ptxas.spill_load_bytes, 4);
  EXPECT_EQ(compiled->ptxas.warnings, (std::vector<std::string>{"one", "two"}));

  const Status failed = request(socket(), {}, {}).status();  // and the next one is answered too
  EXPECT_EQ(failed.code(), StatusCode::kCompileFailed);
  EXPECT_EQ(message(failed), "no text");
  EXPECT_EQ(failed.detail(), "the log");
  EXPECT_TRUE(request(socket(), source, {}).ok());
}

TEST_F(RequestsTest, WhatIsNoRequestEndsIt) {
  ASSERT_TRUE(await_greeting(socket()).ok());
  ASSERT_TRUE(send(socket(), {"page", "3", "only.cuh"}).ok());
  EXPECT_EQ(receive(socket()).status().code(), StatusCode::kIoError);
}

// What other programs might say.
TEST(AnswersTest, WhatIsNoneIsRefused) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  for (const Message& greeting :
       {Message{}, Message{"hello"}, Message{"jitgemm compiles 2", "b"}}) {
    ASSERT_TRUE(send(ends[1], greeting).ok());
    EXPECT_EQ(await_greeting(ends[0]).status().code(), StatusCode::kIoError);
  }
  for (const Message& answer :
       {Message{}, Message{"cubin", "c", "1"}, Message{"cubin", "c", "1", "2", "3", "4", "x"},
        Message{"error", "0", "no error", ""}, Message{"error", "kind", "message", "detail"}}) {
    ASSERT_TRUE(send(ends[1], answer).ok());
    EXPECT_EQ(message(request(ends[0], {}, {}).status()), "what came is no answer of jitgemm");
  }
  for (int end : ends) ::close(end);
}

}  // namespace
}  // namespace jitgemm::compile
