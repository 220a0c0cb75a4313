#include "meter.h"

void Meter::add(int ticks) { total_ += ticks; }
void Meter::clear() { total_ = 0; }
