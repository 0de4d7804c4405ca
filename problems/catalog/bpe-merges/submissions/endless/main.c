#include <stdio.h>

int main(void) {
    volatile unsigned pair = 1;
    while (pair) pair |= 1;
    return 0;
}
