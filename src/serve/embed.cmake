# cmake -DFUNCTION=f -DHEADER=serve/x.h -DINPUT=file -DOUTPUT=f.cpp -P embed.cmake: a C++ file that defines headrace::serve::FUNCTION(), which
# returns the text of the file.
file(READ "${INPUT}" text)
string(FIND "${text}" ")embedded\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains the delimiter of a raw string literal: change the delimiter in embed.cmake")
endif()
file(WRITE "${OUTPUT}" "#include \"${HEADER}\"\n\nnamespace headrace::serve {\nnamespace {\nconstexpr char kText[] = R\"embedded(${text})embedded\";\n}\n"
  "std::string_view ${FUNCTION}() { return {kText, sizeof(kText) - 1}; }\n}\n")
