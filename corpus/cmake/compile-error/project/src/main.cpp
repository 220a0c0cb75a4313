#include "meter.h"

int main() {
    Meter meter;
    meter.add(3);
    meter.reset();
    return meter.total() == 0 ? 0 : 1;
}
