#include "judge/chance.h"

#include "base/compiler.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

double tt_chance_of(double bits, bool digits, uint64_t searched)
{
    double places = (double)searched / (digits ? TT_CHANCE_DIGIT_SHARE : 1);
    double expected = places * exp2(-bits);
    /* 1 - e^-x, exact also for the tiny ones. */
    return -expm1(-expected);
}

bool tt_chance_is_digits(const char *form)
{
    static const char *const names[] = {"digits", "e164", "national", "national, short"};
    for (size_t i = 0; i < TT_ARRAY_LEN(names); i++) {
        if (strcmp(form, names[i]) == 0)
            return true;
    }
    return false;
}
