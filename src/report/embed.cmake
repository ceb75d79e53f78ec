# cmake -DNAME=n -DINPUT=file -DOUTPUT=n.cpp -P embed.cmake: a C++ file that defines headrace::reporting::n, the text of the file. A raw string
# literal keeps it readable; text that holds the literal's own end could not be embedded and is refused.
file(READ "${INPUT}" text)
string(FIND "${text}" ")embedded\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${INPUT} contains the delimiter of a raw string literal: change the delimiter in embed.cmake")
endif()
file(WRITE "${OUTPUT}" "#include \"report/assets.h\"\n\nnamespace headrace::reporting {\nextern const std::string_view ${NAME};\nconstinit const std::string_view ${NAME} = R\"embedded(${text})embedded\";\n}\n")
