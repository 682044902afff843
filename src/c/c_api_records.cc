// The C ABI over the C++ API: the loaded kernels, as records and as text.
#include <fmt/format.h>

#include <jitgemm/jitgemm.h>
#include <jitgemm/library.h>

#include <string>
#include <vector>

#include "src/c/c_frame.h"
#include "src/c/translate.h"

using namespace jitgemm::c;
using jitgemm::KernelRecord;
using jitgemm::Status;

struct jitgemm_kernel_list {
  std::vector<KernelRecord> kernels;
};

struct jitgemm_text {
  std::string string;
};

jitgemm_status jitgemm_list_kernels(const jitgemm_library* library, jitgemm_kernel_list** list,
                                    jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (list == nullptr) return invalid("list is NULL");
    *list = new jitgemm_kernel_list{library->library.kernels()};
    return {};
  });
}

size_t jitgemm_kernel_list_size(const jitgemm_kernel_list* list) {
  return list ? list->kernels.size() : 0;
}

jitgemm_status jitgemm_kernel_list_get(const jitgemm_kernel_list* list, size_t index,
                                       jitgemm_kernel_record* record, jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (list == nullptr) return invalid("list is NULL");
    if (index >= list->kernels.size())
      return invalid(fmt::format("index = {} is not below {}", index, list->kernels.size()));
    if (record == nullptr) return invalid("jitgemm_kernel_record is NULL");
    Status status = check_size(record->struct_size, sizeof *record, "jitgemm_kernel_record");
    if (!status.ok()) return status;
    write(translate(list->kernels[index]), record);
    return {};
  });
}

void jitgemm_kernel_list_free(jitgemm_kernel_list* list) { delete list; }

jitgemm_status jitgemm_prometheus(const jitgemm_library* library, jitgemm_text** text,
                                  jitgemm_error** error) {
  return report(error, [&]() -> Status {
    if (library == nullptr) return invalid("library is NULL");
    if (text == nullptr) return invalid("text is NULL");
    *text = new jitgemm_text{library->library.prometheus()};
    return {};
  });
}

const char* jitgemm_text_string(const jitgemm_text* text) {
  return text ? text->string.c_str() : "";
}

void jitgemm_text_free(jitgemm_text* text) { delete text; }
