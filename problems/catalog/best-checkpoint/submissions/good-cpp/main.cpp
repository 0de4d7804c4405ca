#include <iostream>
#include <limits>
#include <map>

long long n, budget;
std::map<long long, long long> known;

long long loss(long long at) {
    if (at >= n) return std::numeric_limits<long long>::max();
    if (!known.count(at)) {
        std::cout << "? " << at << std::endl;
        std::cin >> known[at];
    }
    return known[at];
}

int main() {
    std::cin >> n >> budget;
    long long smaller = 1, larger = 2, before = -1;
    while (larger - 1 < n) {
        long long next = smaller + larger;
        smaller = larger;
        larger = next;
    }
    while (larger > 2) {
        long long step = larger - smaller;
        if (loss(before + step) >= loss(before + smaller)) before += step;
        larger = smaller;
        smaller = step;
    }
    std::cout << "! " << before + 1 << std::endl;
}
