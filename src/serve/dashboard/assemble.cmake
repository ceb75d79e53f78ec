# cmake -DCHART=chart.min.js -DOUTPUT=folder -P assemble.cmake: puts the dashboard together from html/ and Chart.js, as dashboard.html
# (for the browser tests) and dashboard.cpp (for the library).
cmake_minimum_required(VERSION 3.20)

# The base64 form of text's SHA-256, as Content-Security-Policy names a script or a style that may stand in a page. CMake hashes, but
# knows no base64: three bytes at a time become four letters; the 32 bytes end in a group of two.
function(policy_hash text result)
  set(letters ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  string(SHA256 digits "${text}")
  string(APPEND digits 00)
  set(hash)
  foreach(at RANGE 0 60 6)
    string(SUBSTRING ${digits} ${at} 6 group)
    foreach(shift 18 12 6 0)
      math(EXPR letter "(0x${group} >> ${shift}) & 63")
      string(SUBSTRING ${letters} ${letter} 1 letter)
      string(APPEND hash ${letter})
    endforeach()
  endforeach()
  string(SUBSTRING ${hash} 0 43 hash)
  set(${result} "'sha256-${hash}='" PARENT_SCOPE)
endfunction()

set(html ${CMAKE_CURRENT_LIST_DIR}/html)
file(READ ${html}/template.html page)
file(READ ${html}/style.css style)
file(READ ${CHART} chart_library)
set(script)
foreach(part prometheus history server elements plots figures try_model main)  # in this order: each uses those before it
  file(READ ${html}/${part}.js text)
  string(APPEND script "${text}\n")
endforeach()

policy_hash("${style}" style_hash)
policy_hash("${script}" script_hash)
policy_hash("${chart_library}" chart_hash)
string(CONCAT policy "default-src 'none'; script-src ${chart_hash} ${script_hash}; style-src ${style_hash}; connect-src 'self'; "
  "img-src data: blob:; base-uri 'none'; form-action 'none'")

foreach(name policy style script chart_library)  # Chart.js last: nothing in it is a placeholder
  string(REPLACE "{{${name}}}" "${${name}}" page "${page}")
endforeach()
string(FIND "${page}" ")embedded\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "The dashboard contains the delimiter of a raw string literal: change the delimiter in dashboard.cpp.in")
endif()

file(READ ${CMAKE_CURRENT_LIST_DIR}/dashboard.cpp.in source)
string(REPLACE "{{policy}}" "${policy}" source "${source}")
string(REPLACE "{{page}}" "${page}" source "${source}")
file(WRITE ${OUTPUT}/dashboard.html "${page}")
file(WRITE ${OUTPUT}/dashboard.cpp "${source}")
