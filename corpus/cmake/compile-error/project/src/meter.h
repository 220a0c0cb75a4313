#pragma once
class Meter {
public:
    void add(int ticks);
    void clear();
    long total() const { return total_; }

private:
    long total_ = 0;
};
