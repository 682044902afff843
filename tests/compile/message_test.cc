#include "src/compile/message.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <thread>

namespace jitgemm::compile {
namespace {

class MessageTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0); }
  void TearDown() override {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }
  int here() const { return ends_[0]; }
  int there() const { return ends_[1]; }
  void hang_up() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }
  void expect_no_message() {
    const Result<Message> message = receive(here());
    ASSERT_FALSE(message.ok());
    EXPECT_EQ(message.status().code(), StatusCode::kIoError);
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST_F(MessageTest, ArrivesAsItWasSent) {
  const std::string large(5 << 20, 'x'), any("\0\n\xff", 3);  // larger than the socket's buffer
  for (const Message& message :
       {Message{}, Message{""}, Message{any, "", large}, Message{"last"}}) {
    std::thread sender([&] { EXPECT_TRUE(send(there(), message).ok()); });
    const Result<Message> received = receive(here());
    sender.join();
    ASSERT_TRUE(received.ok()) << received.status().message();
    EXPECT_EQ(*received, message);
  }
}

TEST_F(MessageTest, NobodyAtTheOtherEndIsAnErrorAndNoSignal) {
  hang_up();
  EXPECT_EQ(send(here(), {"x"}).code(), StatusCode::kIoError);
  expect_no_message();
}

TEST_F(MessageTest, AnEndInTheMiddleIsAnError) {
  const uint64_t head[] = {2, 3, 100};  // two strings, of 3 and 100 bytes
  for (size_t bytes : {size_t{1}, sizeof(uint64_t), sizeof head}) {
    ASSERT_EQ(::send(there(), head, bytes, 0), static_cast<ssize_t>(bytes));
    if (bytes == sizeof head) {
      ASSERT_EQ(::send(there(), "abcd", 4, 0), 4);
    }
    hang_up();
    expect_no_message();
    TearDown();
    SetUp();
  }
}

TEST_F(MessageTest, WhatIsNoneTakesNoMemory) {
  const uint64_t many[] = {UINT64_MAX}, large[] = {1, UINT64_MAX}, sum[] = {2, 1 << 28, 1 << 28};
  const auto expect_refused = [&](const void* head, size_t bytes) {
    ASSERT_EQ(::send(there(), head, bytes, 0), static_cast<ssize_t>(bytes));
    expect_no_message();
  };
  expect_refused(many, sizeof many);
  expect_refused(large, sizeof large);
  expect_refused(sum, sizeof sum);
}

}  // namespace
}  // namespace jitgemm::compile
