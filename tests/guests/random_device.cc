// std::random_device, which libstdc++ takes from RDRAND or RDSEED where there is one.
#include <random>

#include "guest.h"

int main() {
  std::random_device device;
  const unsigned a = device(), b = device(), c = device();
  CHECK(a != b || b != c);
  std::random_device urandom("/dev/urandom");
  say("%08x %08x %08x %08x", a, b, c, urandom());
}
