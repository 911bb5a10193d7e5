// std::getline on std::cin, as most C++ nodes read.
#include <iostream>
#include <string>

#include "guest.h"

int main() {
  int lines = 0;
  for (std::string line; std::getline(std::cin, line); ++lines) {
    if (line == "quit") {
      std::cout << "summary: " << lines << " lines" << std::endl;
      return 0;
    }
    std::cout << line << std::endl;
  }
  return 1;
}
