// Putting untrusted text into a page: names of models and layers come from files that anybody may have made.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace headrace::reporting {

// printable() with & < > " ' written as entities: safe between tags and inside quoted attributes.
std::string escape(std::string_view text);

// escape() for names in narrow places: the browser may break the line after / . _ and - and within what is long without them.
std::string breakable(std::string_view text);

// JSON that may stand inside a <script> element: < > & and the line separators U+2028 and U+2029 as \u escapes, so that nothing
// in it can end the element or begin a comment. It stays the same JSON, since these occur only within strings.
std::string json_in_script(std::string_view json);

// `page` with every {{key}} replaced by its value. One pass: what looks like a placeholder in a value stays as it is. An unknown
// key becomes empty.
std::string substitute(std::string_view page, const std::map<std::string_view, std::string, std::less<>>& values);

// <name attributes>content</name>; `attributes` and `content` are already safe.
std::string element(std::string_view name, std::string_view content, std::string_view attributes = {});

}  // namespace headrace::reporting
