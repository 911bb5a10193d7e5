// Blocking reads of stdin, any number of lines each.
#include "lines.h"

int main() {
  Echo echo;
  for (;;) MUST(echo.ReadFrom(0));
}
