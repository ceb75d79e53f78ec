// An identity model behind the tests' server, to try `headrace load` by hand and to see what the client costs by itself:
// load_echo_server [ELEMENTS]. Prints its URL; ends with its standard input.
#include <cstdio>
#include <string>

#include "load/scripted_server.h"

int main(int argc, char** argv) {
  using namespace headrace::testing;
  const std::string elements = argc > 1 ? argv[1] : "4";
  const ScriptedServer server(model_script(echo, "[-1," + elements + "]"));
  std::printf("%s\n", server.url().c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
