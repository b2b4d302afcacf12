#include "judge/disputed.h"

#include "base/compiler.h"

#include <string.h>

/* Round figures that hold the whole area: where Natural Earth draws it, all of what it draws, else
 * the places that gazetteers give. Disputes: as the CIA World Factbook lists them (public domain);
 * islands: those that Natural Earth does not draw at this scale. Codes are those of shapes.h. */
static const struct tt_disputed areas[] = {
    {"UA RU", {45.3, 34.4}, 220},             /* Crimea */
    {"UA RU", {47.6, 37.2}, 330},             /* the east of Ukraine */
    {"EH MA", {24.3, -13.7}, 660},            /* Western Sahara */
    {"IN PK CN", {34.9, 76.0}, 420},          /* Kashmir */
    {"IN CN", {35.2, 79.5}, 230},             /* Aksai Chin */
    {"IN CN", {28.0, 94.5}, 360},             /* Arunachal Pradesh */
    {"IL SY", {33.0, 35.8}, 45},              /* Golan */
    {"IL PS", {31.95, 35.25}, 80},            /* West Bank */
    {"IL PS", {31.4, 34.35}, 30},             /* Gaza */
    {"GE RU", {43.0, 41.0}, 130},             /* Abkhazia */
    {"GE RU", {42.3, 44.1}, 80},              /* South Ossetia */
    {"MD UA RU", {47.1, 29.2}, 140},          /* Transnistria */
    {"CY TR", {35.25, 33.6}, 120},            /* Northern Cyprus */
    {"SO ET DJ", {9.7, 46.2}, 450},           /* Somaliland */
    {"RS XK", {42.6, 20.9}, 110},             /* Kosovo */
    {"AZ AM", {39.8, 46.6}, 110},             /* Nagorno-Karabakh */
    {"FK AR", {-51.75, -59.3}, 210},          /* Falkland Islands */
    {"GS AR", {-54.6, -36.5}, 400},           /* South Georgia, Shag Rocks */
    {"GS AR", {-57.9, -26.9}, 240},           /* South Sandwich Islands */
    {"SD EG", {22.6, 35.3}, 190},             /* Hala'ib */
    {"SD SS", {9.6, 28.5}, 110},              /* Abyei */
    {"SD SS", {9.3, 24.5}, 140},              /* Kafia Kingi */
    {"KE SS ET", {4.9, 35.2}, 130},           /* Ilemi */
    {"RU JP", {44.6, 147.0}, 260},            /* southern Kuril Islands */
    {"JP CN TW", {25.8, 124.0}, 80},          /* Senkaku Islands */
    {"KR JP", {37.24, 131.87}, 10},           /* Liancourt Rocks */
    {"CN VN TW", {16.5, 112.1}, 170},         /* Paracel Islands */
    {"CN VN TW PH MY BN", {9.5, 114.0}, 620}, /* Spratly Islands */
    {"CN TW PH", {15.15, 117.76}, 25},        /* Scarborough Shoal */
    {"GI ES", {36.14, -5.35}, 8},             /* Gibraltar */
    {"VE GY", {4.9, -59.3}, 470},             /* Essequibo */
    {"SR GY", {2.7, -57.2}, 170},             /* New River */
    {"SR FR", {2.9, -54.3}, 130},             /* Marouini */
    {"KM FR", {-12.8, 45.15}, 45},            /* Mayotte */
    {"IO MU", {-6.3, 71.9}, 260},             /* Chagos */
    {"BT CN", {27.3, 89.1}, 80},              /* Doklam */
    {"TW CN", {24.45, 118.35}, 35},           /* Kinmen */
    {"TW CN", {25.0, 119.45}, 15},            /* Wuqiu */
    {"TW CN", {26.2, 120.1}, 65},             /* Matsu */
    {"TW CN", {20.7, 116.75}, 30},            /* Dongsha */
    {"GR", {36.14, 29.58}, 12},               /* Kastellorizo */
    {"NZ", {-9.0, -171.9}, 130},              /* Tokelau */
    {"AU", {-16.29, 149.97}, 25},             /* Willis Island */
    {"MU", {-16.5, 59.6}, 60},                /* St Brandon */
    {"SC", {-5.7, 53.7}, 60},                 /* Desroches */
    {"SC", {-10.0, 51.1}, 110},               /* Farquhar */
    {"SB", {-11.7, 170.0}, 40},               /* Anuta */
    {"MH", {9.8, 160.9}, 40},                 /* Ujelang */
    {"MH", {9.1, 167.4}, 110},                /* Kwajalein */
};

const struct tt_disputed *tt_disputed_at(size_t at)
{
    return at < TT_ARRAY_LEN(areas) ? &areas[at] : NULL;
}

bool tt_disputed_is_of(const struct tt_disputed *area, const char *code)
{
    size_t len = strlen(code);
    for (const char *at = strstr(area->codes, code); at != NULL; at = strstr(at + 1, code))
        if ((at == area->codes || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
            return true;
    return false;
}
