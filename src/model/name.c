#include "model/name.h"

const char *tt_name_source_name(enum tt_name_source source)
{
    static const char *const names[] = {"http",    "sni",   "certificate", "dns",
                                        "capture", "alias", "via",         "holder"};
    return names[source];
}
