int main(void) {
  int port = 9100
  return port > 0 ? 0 : 1;
}
