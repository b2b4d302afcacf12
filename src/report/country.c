#include "report/country.h"

#include "base/compiler.h"
#include "report/country_table.h"

#include <string.h>

const char *tt_country_name(const char *code)
{
    size_t low = 0;
    size_t high = TT_ARRAY_LEN(countries);
    if (code == NULL)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(code, countries[middle].code);
        if (order == 0)
            return countries[middle].name;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return code;
}
