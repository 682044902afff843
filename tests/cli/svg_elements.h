// An SVG as tests look at it: its elements in the order of the text.
#pragma once

#include <expat.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace jitgemm::cli {

struct SvgElement {
  std::string name, text;
  std::map<std::string, std::string> attributes;
  int parent = -1;  // its index; -1 of the root

  double number(const std::string& attribute) const { return std::stod(attributes.at(attribute)); }
  // Whether `wanted` is one of its classes.
  bool is(std::string_view wanted) const {
    const auto found = attributes.find("class");
    if (found == attributes.end()) return false;
    return (" " + found->second + " ").find(" " + std::string(wanted) + " ") != std::string::npos;
  }
};

// Fails the test, and is empty, where the text is not well-formed.
inline std::vector<SvgElement> svg_elements(const std::string& text) {
  struct State {
    std::vector<SvgElement> elements;
    std::vector<int> open = {-1};
  } state;
  XML_Parser parser = XML_ParserCreate(nullptr);
  XML_SetUserData(parser, &state);
  XML_SetElementHandler(
      parser,
      [](void* user, const char* name, const char** attributes) {
        State& s = *static_cast<State*>(user);
        SvgElement element{.name = name, .text = {}, .attributes = {}, .parent = s.open.back()};
        for (; *attributes; attributes += 2) element.attributes[attributes[0]] = attributes[1];
        s.open.push_back(static_cast<int>(s.elements.size()));
        s.elements.push_back(element);
      },
      [](void* user, const char*) { static_cast<State*>(user)->open.pop_back(); });
  XML_SetCharacterDataHandler(parser, [](void* user, const char* data, int length) {
    State& s = *static_cast<State*>(user);
    s.elements[s.open.back()].text.append(data, length);
  });
  const bool ok = XML_Parse(parser, text.data(), static_cast<int>(text.size()), 1) == XML_STATUS_OK;
  EXPECT_TRUE(ok) << XML_ErrorString(XML_GetErrorCode(parser)) << " in line "
                  << XML_GetCurrentLineNumber(parser);
  XML_ParserFree(parser);
  return ok ? state.elements : std::vector<SvgElement>{};
}

}  // namespace jitgemm::cli
