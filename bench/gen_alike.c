#include "gen_alike.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_WORDS_LEAST = 5, MESSAGE_WORDS_MOST = 14, CONTACTS_PER_MESSAGE = 20 };

/* Half the width of the town around the owner's home, in degrees, and as near as two places count
 * as one. */
static const double TOWN = 0.2;
static const double SAME_PLACE = 0.00015;

static const char *const given_names[] = {
    "Maria",  "Anna",   "Fatima", "Elena",  "Sofia",   "Laura",   "Julia",       "Sara",
    "Emma",   "Olivia", "Aisha",  "Priya",  "Mei",     "Yuki",    "Ingrid",      "Camille",
    "Ana",    "Lucia",  "Nadia",  "Hanna",  "Mohamed", "Ahmed",   "Ali",         "Jose",
    "Juan",   "Carlos", "Luis",   "David",  "Daniel",  "Peter",   "Michael",     "Thomas",
    "Martin", "Robert", "James",  "John",   "William", "Pierre",  "Jean",        "Marco",
    "Andrea", "Ivan",   "Dmitri", "Sergei", "Wei",     "Hiroshi", "Kenji",       "Ravi",
    "Sanjay", "Vikram", "Arjun",  "Omar",   "Hassan",  "Yusuf",   "Emeka",       "Kofi",
    "Lars",   "Erik",   "Mikko",  "Jari",   "Piotr",   "Jakub",   "Christopher", "Alexander",
};

static const char *const family_names[] = {
    "Smith",     "Johnson",  "Williams",   "Brown",    "Jones",     "Garcia",    "Miller",
    "Davis",     "Martinez", "Lopez",      "Gonzalez", "Wilson",    "Anderson",  "Taylor",
    "Moore",     "Jackson",  "Lee",        "Perez",    "Thompson",  "White",     "Harris",
    "Sanchez",   "Clark",    "Ramirez",    "Lewis",    "Robinson",  "Walker",    "Young",
    "Allen",     "King",     "Wright",     "Scott",    "Torres",    "Nguyen",    "Hill",
    "Flores",    "Green",    "Adams",      "Nelson",   "Baker",     "Hall",      "Rivera",
    "Campbell",  "Mitchell", "Carter",     "Roberts",  "Mueller",   "Schmidt",   "Schneider",
    "Fischer",   "Weber",    "Meyer",      "Wagner",   "Becker",    "Hoffmann",  "Rossi",
    "Russo",     "Ferrari",  "Esposito",   "Bianchi",  "Romano",    "Silva",     "Santos",
    "Oliveira",  "Souza",    "Pereira",    "Costa",    "Rodrigues", "Almeida",   "Ivanov",
    "Petrov",    "Sidorov",  "Kuznetsov",  "Popov",    "Sokolov",   "Wang",      "Li",
    "Zhang",     "Liu",      "Chen",       "Yang",     "Huang",     "Zhao",      "Wu",
    "Kumar",     "Singh",    "Sharma",     "Patel",    "Gupta",     "Khan",      "Rao",
    "Reddy",     "Das",      "Nair",       "Sato",     "Suzuki",    "Takahashi", "Tanaka",
    "Watanabe",  "Ito",      "Yamamoto",   "Kim",      "Park",      "Choi",      "Jung",
    "Hansen",    "Johansen", "Olsen",      "Larsen",   "Nielsen",   "Jensen",    "Andersson",
    "Johansson", "Karlsson", "Nilsson",    "Korhonen", "Virtanen",  "Makinen",   "Nieminen",
    "Kowalski",  "Nowak",    "Wisniewski", "Novak",    "Svoboda",   "Horvat",    "Nagy",
};

static const char *const domains[] = {"mail.example", "post.example", "inbox.example",
                                      "letters.example", "work.example"};

static const char *const words[] = {
    "the",     "you",     "and",     "see",    "at",     "noon",       "lunch",  "tomorrow",
    "train",   "station", "home",    "late",   "will",   "call",       "when",   "there",
    "please",  "bring",   "keys",    "dinner", "with",   "mother",     "after",  "work",
    "meeting", "moved",   "to",      "friday", "thanks", "for",        "the",    "photos",
    "great",   "day",     "love",    "bus",    "was",    "full",       "again",  "tickets",
    "are",     "booked",  "doctor",  "said",   "that",   "everything", "fine",   "can",
    "we",      "talk",    "tonight", "about",  "school", "garden",     "party",  "saturday",
    "cake",    "is",      "in",      "oven",   "do",     "not",        "forget", "milk",
    "bread",   "coffee",  "letter",  "from",   "bank",   "arrived",    "today",  "window",
};

static const char *const names[GEN_ALIKE_KINDS] = {
    [GEN_ALIKE_PHONE] = "phone",    [GEN_ALIKE_IMEI] = "imei",
    [GEN_ALIKE_IMSI] = "imsi",      [GEN_ALIKE_ICCID] = "iccid",
    [GEN_ALIKE_MAC] = "mac",        [GEN_ALIKE_UUID] = "idfa",
    [GEN_ALIKE_ANDROID_ID] = "aid", [GEN_ALIKE_EMAIL] = "email",
    [GEN_ALIKE_NAME] = "name",      [GEN_ALIKE_PLACE] = "loc",
    [GEN_ALIKE_IPV4] = "ip",        [GEN_ALIKE_SERIAL] = "serial",
    [GEN_ALIKE_SSID] = "ssid",      [GEN_ALIKE_HOSTNAME] = "hostname",
    [GEN_ALIKE_ACCOUNT] = "uid",    [GEN_ALIKE_TEXT] = "text",
};

const char *gen_alike_name(enum gen_alike_kind kind)
{
    return names[kind];
}

/* ---- what the sheet holds ---- */

/* FNV-1a (Fowler, Noll, Vo) over letters in lower case and digits. */
static uint64_t hash_of(const char *value)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *value != '\0'; value++) {
        char c = *value >= 'A' && *value <= 'Z' ? (char)(*value - 'A' + 'a') : *value;
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
            continue;
        hash = (hash ^ (uint8_t)c) * UINT64_C(0x100000001b3);
    }
    return hash | 1;
}

static uint64_t *slot_of(const struct gen_alike *alike, uint64_t hash)
{
    size_t at = (size_t)(hash >> 20) & (alike->set_size - 1);
    while (alike->set[at] != 0 && alike->set[at] != hash)
        at = (at + 1) & (alike->set_size - 1);
    return &alike->set[at];
}

/* False when the sheet has it already. */
static bool keep(struct gen_alike *alike, const char *value)
{
    uint64_t hash = hash_of(value);
    uint64_t *slot = slot_of(alike, hash);
    if (*slot != 0)
        return false;
    if (++alike->set_count * 2 > alike->set_size)
        gen_die("the set of the sheet's values is full");
    *slot = hash;
    return true;
}

static bool is_known(const struct gen_alike *alike, const char *value)
{
    return *slot_of(alike, hash_of(value)) != 0;
}

/* ---- values ---- */

/* 3GPP TS 23.003, annex B. `doubled`: whether the first digit counts twice. */
static unsigned check_digit(const char *digits, bool doubled)
{
    unsigned total = 0;
    for (; *digits != '\0'; digits++, doubled = !doubled) {
        unsigned digit = (unsigned)(*digits - '0') * (doubled ? 2 : 1);
        total += digit > 9 ? digit - 9 : digit;
    }
    return (10 - total % 10) % 10;
}

static uint64_t below(struct gen_rng *rng, uint64_t n)
{
    return gen_rng_next(rng) % n;
}

#define PICK(rng, list) ((list)[gen_rng_below((rng), (uint32_t)GEN_COUNT(list))])

/* Country code 999 is assigned to nobody; 555-01xx and 7700 900xxx are set aside for fiction. */
static void draw_phone(struct gen_rng *rng, char *value)
{
    uint32_t country = gen_rng_below(rng, 10);
    if (country < 3)
        (void)snprintf(value, GEN_ALIKE_MAX, "+1%u%02u55501%02u", gen_rng_between(rng, 2, 9),
                       gen_rng_below(rng, 100), gen_rng_below(rng, 100));
    else if (country == 3)
        (void)snprintf(value, GEN_ALIKE_MAX, "+447700900%03u", gen_rng_below(rng, 1000));
    else
        (void)snprintf(value, GEN_ALIKE_MAX, "+999%u%08" PRIu64, gen_rng_between(rng, 1, 9),
                       below(rng, country < 7 ? 100000000 : 1000000000));
}

static void draw_imei(const struct gen_alike *alike, struct gen_rng *rng, char *value)
{
    char digits[32];
    (void)snprintf(digits, sizeof(digits), "00101%03u%06u",
                   alike->models[gen_rng_below(rng, 2)] % 1000, gen_rng_below(rng, 1000000));
    (void)snprintf(value, GEN_ALIKE_MAX, "%s%u", digits, check_digit(digits, false));
}

static void draw_iccid(struct gen_rng *rng, char *value)
{
    char digits[32];
    (void)snprintf(digits, sizeof(digits), "8999901%011" PRIu64, below(rng, 100000000000));
    (void)snprintf(value, GEN_ALIKE_MAX, "%s%u", digits, check_digit(digits, true));
}

static void draw_mac(const struct gen_alike *alike, struct gen_rng *rng, char *value)
{
    const uint8_t *m = alike->makers[gen_rng_below(rng, 3)];
    uint64_t low = gen_rng_next(rng);
    (void)snprintf(value, GEN_ALIKE_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
                   (unsigned)(low & 0xff), (unsigned)(low >> 8 & 0xff),
                   (unsigned)(low >> 16 & 0xff));
}

static void draw_uuid(struct gen_rng *rng, char *value)
{
    uint64_t a = gen_rng_next(rng);
    uint64_t b = gen_rng_next(rng);
    (void)snprintf(value, GEN_ALIKE_MAX,
                   "%08" PRIx64 "-%04" PRIx64 "-4%03" PRIx64 "-%04" PRIx64 "-%012" PRIx64,
                   a & 0xffffffff, a >> 32 & 0xffff, a >> 48 & 0xfff, (b >> 48 & 0x3fff) | 0x8000,
                   b & UINT64_C(0xffffffffffff));
}

static void draw_email(struct gen_rng *rng, char *value)
{
    const char *given = PICK(rng, given_names);
    const char *family = PICK(rng, family_names);
    const char *domain = PICK(rng, domains);
    uint32_t number = gen_rng_below(rng, 1000);
    static const char *const joints[] = {".", "_", "", "-"};
    (void)snprintf(value, GEN_ALIKE_MAX, "%s%s%s%u@%s", given, PICK(rng, joints), family, number,
                   domain);
    for (; *value != '\0'; value++)
        *value = *value >= 'A' && *value <= 'Z' ? (char)(*value - 'A' + 'a') : *value;
}

/* Two given names: with one there would be fewer people than contacts. */
static void draw_name(struct gen_rng *rng, char *value)
{
    const char *given = PICK(rng, given_names);
    const char *family = PICK(rng, family_names);
    if (gen_rng_below(rng, 3) == 0)
        (void)snprintf(value, GEN_ALIKE_MAX, "%s %s", given, family);
    else
        (void)snprintf(value, GEN_ALIKE_MAX, "%s %s %s", given, PICK(rng, given_names), family);
}

/* In the same town, in 4 to 7 decimals; not the same place. */
static void draw_place(const struct gen_alike *alike, struct gen_rng *rng, char *value)
{
    double offsets[2];
    do {
        for (size_t i = 0; i < 2; i++)
            offsets[i] = ((double)gen_rng_below(rng, 2000001) / 1e6 - 1) * TOWN;
    } while (fabs(offsets[0]) < SAME_PLACE && fabs(offsets[1]) < SAME_PLACE);
    int decimals = (int)gen_rng_between(rng, 4, 7);
    (void)snprintf(value, GEN_ALIKE_MAX, "%.*f,%.*f", decimals, alike->latitude + offsets[0],
                   decimals, alike->longitude + offsets[1]);
}

static void draw_text(struct gen_rng *rng, char *value)
{
    size_t len = 0;
    uint32_t count = gen_rng_between(rng, MESSAGE_WORDS_LEAST, MESSAGE_WORDS_MOST);
    for (uint32_t i = 0; i < count; i++) {
        int more =
            snprintf(value + len, GEN_ALIKE_MAX - len, "%s%s", i == 0 ? "" : " ", PICK(rng, words));
        len += (size_t)more;
    }
}

static void draw(const struct gen_alike *alike, struct gen_rng *rng, enum gen_alike_kind kind,
                 char *value)
{
    switch (kind) {
    case GEN_ALIKE_PHONE:
        draw_phone(rng, value);
        break;
    case GEN_ALIKE_IMEI:
        draw_imei(alike, rng, value);
        break;
    case GEN_ALIKE_IMSI:
        (void)snprintf(value, GEN_ALIKE_MAX, "00101%010" PRIu64, below(rng, 10000000000));
        break;
    case GEN_ALIKE_ICCID:
        draw_iccid(rng, value);
        break;
    case GEN_ALIKE_MAC:
        draw_mac(alike, rng, value);
        break;
    case GEN_ALIKE_UUID:
        draw_uuid(rng, value);
        break;
    case GEN_ALIKE_ANDROID_ID:
        (void)snprintf(value, GEN_ALIKE_MAX, "%016" PRIx64, gen_rng_next(rng));
        break;
    case GEN_ALIKE_EMAIL:
        draw_email(rng, value);
        break;
    case GEN_ALIKE_NAME:
        draw_name(rng, value);
        break;
    case GEN_ALIKE_PLACE:
        draw_place(alike, rng, value);
        break;
    case GEN_ALIKE_IPV4: /* 198.18.0.0/15, set aside for benchmarks (RFC 2544) */
        (void)snprintf(value, GEN_ALIKE_MAX, "198.%u.%u.%u", gen_rng_between(rng, 18, 19),
                       gen_rng_below(rng, 256), gen_rng_below(rng, 256));
        break;
    case GEN_ALIKE_SERIAL:
        (void)snprintf(value, GEN_ALIKE_MAX, "R58N%c%06X", 'A' + (char)gen_rng_below(rng, 26),
                       gen_rng_below(rng, 1U << 24));
        break;
    case GEN_ALIKE_SSID:
        (void)snprintf(value, GEN_ALIKE_MAX, "HOME-%04X", gen_rng_below(rng, 65536));
        break;
    case GEN_ALIKE_HOSTNAME:
        (void)snprintf(value, GEN_ALIKE_MAX, "android-%016" PRIx64, gen_rng_next(rng));
        break;
    case GEN_ALIKE_ACCOUNT:
        (void)snprintf(value, GEN_ALIKE_MAX, "%u%09" PRIu64, gen_rng_between(rng, 1, 9),
                       below(rng, 1000000000));
        break;
    case GEN_ALIKE_TEXT:
        draw_text(rng, value);
        break;
    case GEN_ALIKE_KINDS:
        gen_die("no such kind");
    }
}

/* `number` as it is dialled at home: a stranger's may not be the same there either. */
static const char *national(const char *number)
{
    return number + (number[1] == '1' ? 2 : number[1] == '4' ? 3 : 4);
}

/* Does a part of it stand in the sheet? The last two of three names do name somebody else. */
static bool holds_known(const struct gen_alike *alike, enum gen_alike_kind kind, const char *value)
{
    if (is_known(alike, value) || (kind == GEN_ALIKE_PHONE && is_known(alike, national(value))))
        return true;
    return kind == GEN_ALIKE_NAME && is_known(alike, strchr(value, ' ') + 1);
}

void gen_alike_draw(const struct gen_alike *alike, struct gen_rng *rng, enum gen_alike_kind kind,
                    char value[GEN_ALIKE_MAX])
{
    do
        draw(alike, rng, kind, value);
    while (holds_known(alike, kind, value));
}

/* ---- the sheet ---- */

static void draw_own(struct gen_alike *alike, struct gen_rng *rng, enum gen_alike_kind kind,
                     char value[GEN_ALIKE_MAX])
{
    do
        draw(alike, rng, kind, value);
    while (!keep(alike, value));
    if (kind == GEN_ALIKE_PHONE)
        (void)keep(alike, national(value));
}

static void write_owner(struct gen_alike *alike, struct gen_rng *rng, FILE *sheet)
{
    static const struct {
        const char *key;
        enum gen_alike_kind kind;
        unsigned count;
    } own[] = {
        {"imei", GEN_ALIKE_IMEI, 2},
        {"imsi", GEN_ALIKE_IMSI, 2},
        {"iccid", GEN_ALIKE_ICCID, 2},
        {"phone_number", GEN_ALIKE_PHONE, 2},
        {"mac_address", GEN_ALIKE_MAC, 1},
        {"bluetooth_address", GEN_ALIKE_MAC, 1},
        {"bssid", GEN_ALIKE_MAC, 2},
        {"advertising_id", GEN_ALIKE_UUID, 1},
        {"android_id", GEN_ALIKE_ANDROID_ID, 1},
        {"email", GEN_ALIKE_EMAIL, 2},
        {"name", GEN_ALIKE_NAME, 1},
        {"serial", GEN_ALIKE_SERIAL, 1},
        {"ssid", GEN_ALIKE_SSID, 2},
        {"hostname", GEN_ALIKE_HOSTNAME, 1},
        {"account_id", GEN_ALIKE_ACCOUNT, 1},
    };
    char value[GEN_ALIKE_MAX];
    (void)fprintf(sheet, "# Invented for the benchmark; no such phone, person or number exists.\n"
                         "device:\n  name: Example Phone A1\n  firmware: A1-4.4.2-generated\n"
                         "  addresses: [192.168.77.23]\nidentifiers:\n");
    for (size_t i = 0; i < GEN_COUNT(own); i++) {
        (void)fprintf(sheet, "  %s: [", own[i].key);
        for (unsigned j = 0; j < own[i].count; j++) {
            draw_own(alike, rng, own[i].kind, value);
            (void)fprintf(sheet, "%s\"%s\"", j == 0 ? "" : ", ", value);
        }
        (void)fprintf(sheet, "]\n");
    }
    (void)fprintf(sheet, "  location: [{latitude: %.5f, longitude: %.5f}]\n", alike->latitude,
                  alike->longitude);
    draw_own(alike, rng, GEN_ALIKE_IPV4, value);
    (void)fprintf(sheet, "  custom: [{name: address at home, value: \"%s\"}]\n", value);
}

void gen_alike_make(struct gen_alike *alike, struct gen_rng *rng, uint32_t contacts, FILE *sheet)
{
    char number[GEN_ALIKE_MAX];
    char name[GEN_ALIKE_MAX];
    char email[GEN_ALIKE_MAX];
    *alike = (struct gen_alike){.set_size = 1024, .latitude = 61.30741, .longitude = 24.90372};
    while (alike->set_size < 16 * (size_t)contacts)
        alike->set_size *= 2;
    alike->set = gen_resize(NULL, alike->set_size * sizeof(*alike->set));
    memset(alike->set, 0, alike->set_size * sizeof(*alike->set));
    for (size_t i = 0; i < 3; i++) {
        gen_rng_fill(rng, alike->makers[i], 3);
        alike->makers[i][0] = (uint8_t)((alike->makers[i][0] & 0xfc) | 2);
    }
    alike->models[0] = gen_rng_below(rng, 1000);
    alike->models[1] = gen_rng_below(rng, 1000);
    write_owner(alike, rng, sheet);
    (void)fprintf(sheet, "contacts:\n");
    for (uint32_t i = 0; i < contacts; i++) {
        draw_own(alike, rng, GEN_ALIKE_PHONE, number);
        draw_own(alike, rng, GEN_ALIKE_NAME, name);
        draw_own(alike, rng, GEN_ALIKE_EMAIL, email);
        (void)fprintf(sheet, "  - {name: %s, phone_number: \"%s\", email: %s}\n", name, number,
                      email);
    }
    (void)fprintf(sheet, "messages:\n");
    for (uint32_t i = 0; i <= contacts / CONTACTS_PER_MESSAGE; i++) {
        draw_own(alike, rng, GEN_ALIKE_PHONE, number);
        draw_own(alike, rng, GEN_ALIKE_TEXT, name);
        (void)fprintf(sheet, "  - {phone_number: \"%s\", text: \"%s\"}\n", number, name);
    }
}

void gen_alike_free(struct gen_alike *alike)
{
    free(alike->set);
}
