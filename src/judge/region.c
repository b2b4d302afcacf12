#include "judge/region.h"

#include "base/compiler.h"

struct word {
    const char *word;
    const char *code;
};

/* As the providers list them: docs.aws.amazon.com (Regions and Availability Zones),
 * cloud.google.com/compute/docs/regions-zones, learn.microsoft.com/azure/reliability/regions-list,
 * alibabacloud.com/help (Regions and zones). */
static const struct word regions[] = {
    {"us-east-1", "US-VA"},
    {"us-east-2", "US-OH"},
    {"us-west-1", "US-CA"},
    {"us-west-2", "US-OR"},
    {"af-south-1", "ZA"},
    {"ap-east-1", "HK"},
    {"ap-south-1", "IN"},
    {"ap-south-2", "IN"},
    {"ap-southeast-1", "SG"},
    {"ap-southeast-2", "AU"},
    {"ap-southeast-3", "ID"},
    {"ap-southeast-4", "AU"},
    {"ap-northeast-1", "JP"},
    {"ap-northeast-2", "KR"},
    {"ap-northeast-3", "JP"},
    {"ca-central-1", "CA"},
    {"ca-west-1", "CA"},
    {"eu-central-1", "DE"},
    {"eu-central-2", "CH"},
    {"eu-west-1", "IE"},
    {"eu-west-2", "GB"},
    {"eu-west-3", "FR"},
    {"eu-north-1", "SE"},
    {"eu-south-1", "IT"},
    {"eu-south-2", "ES"},
    {"il-central-1", "IL"},
    {"me-south-1", "BH"},
    {"me-central-1", "AE"},
    {"sa-east-1", "BR"},
    {"cn-north-1", "CN"},
    {"cn-northwest-1", "CN"},
    {"us-central1", "US-IA"},
    {"us-east1", "US-SC"},
    {"us-east4", "US-VA"},
    {"us-east5", "US-OH"},
    {"us-south1", "US-TX"},
    {"us-west1", "US-OR"},
    {"us-west2", "US-CA"},
    {"us-west3", "US-UT"},
    {"us-west4", "US-NV"},
    {"northamerica-northeast1", "CA"},
    {"northamerica-northeast2", "CA"},
    {"southamerica-east1", "BR"},
    {"southamerica-west1", "CL"},
    {"europe-west1", "BE"},
    {"europe-west2", "GB"},
    {"europe-west3", "DE"},
    {"europe-west4", "NL"},
    {"europe-west6", "CH"},
    {"europe-west8", "IT"},
    {"europe-west9", "FR"},
    {"europe-north1", "FI"},
    {"europe-central2", "PL"},
    {"europe-southwest1", "ES"},
    {"asia-east1", "TW"},
    {"asia-east2", "HK"},
    {"asia-northeast1", "JP"},
    {"asia-northeast2", "JP"},
    {"asia-northeast3", "KR"},
    {"asia-south1", "IN"},
    {"asia-south2", "IN"},
    {"asia-southeast1", "SG"},
    {"asia-southeast2", "ID"},
    {"australia-southeast1", "AU"},
    {"australia-southeast2", "AU"},
    {"me-west1", "IL"},
    {"me-central1", "QA"},
    {"africa-south1", "ZA"},
    {"cn-hangzhou", "CN"},
    {"cn-shanghai", "CN"},
    {"cn-beijing", "CN"},
    {"cn-shenzhen", "CN"},
    {"cn-hongkong", "HK"},
    {"southeastasia", "SG"},
    {"eastasia", "HK"},
    {"centralindia", "IN"},
    {"southindia", "IN"},
    {"westeurope", "NL"},
    {"northeurope", "IE"},
    {"eastus", "US-VA"},
    {"eastus2", "US-VA"},
    {"westus", "US-CA"},
    {"westus2", "US-WA"},
    {"centralus", "US-IA"},
    {"japaneast", "JP"},
    {"japanwest", "JP"},
    {"koreacentral", "KR"},
    {"uksouth", "GB"},
    {"ukwest", "GB"},
    {"francecentral", "FR"},
    {"germanywestcentral", "DE"},
    {"australiaeast", "AU"},
    {"canadacentral", "CA"},
    {"brazilsouth", "BR"},
};

/* Three-letter codes of the International Air Transport Association, but for those that are common
 * words. */
static const struct word airports[] = {
    {"akl", "NZ"},    {"ams", "NL"},    {"arn", "SE"},    {"atl", "US-GA"}, {"bkk", "TH"},
    {"blr", "IN"},    {"bog", "CO"},    {"bom", "IN"},    {"cdg", "FR"},    {"cgk", "ID"},
    {"cph", "DK"},    {"dfw", "US-TX"}, {"dub", "IE"},    {"dxb", "AE"},    {"ewr", "US-NJ"},
    {"fra", "DE"},    {"gru", "BR"},    {"hel", "FI"},    {"hkg", "HK"},    {"hnd", "JP"},
    {"hyd", "IN"},    {"iad", "US-VA"}, {"icn", "KR"},    {"jfk", "US-NY"}, {"jnb", "ZA"},
    {"kix", "JP"},    {"kul", "MY"},    {"lax", "US-CA"}, {"lhr", "GB"},    {"maa", "IN"},
    {"mia", "US-FL"}, {"mnl", "PH"},    {"muc", "DE"},    {"mxp", "IT"},    {"nrt", "JP"},
    {"ord", "US-IL"}, {"osl", "NO"},    {"pdx", "US-OR"}, {"pek", "CN"},    {"prg", "CZ"},
    {"pvg", "CN"},    {"scl", "CL"},    {"sfo", "US-CA"}, {"sin", "SG"},    {"sjc", "US-CA"},
    {"svo", "RU"},    {"syd", "AU"},    {"tlv", "IL"},    {"tpe", "TW"},    {"waw", "PL"},
    {"yyz", "CA"},    {"zrh", "CH"},
};

/* More of them, which in a name may be a word, but not where a field is known to hold a code. */
static const struct word more_airports[] = {
    {"ath", "GR"},    {"bcn", "ES"},    {"ber", "DE"}, {"bos", "US-MA"}, {"bru", "BE"},
    {"bud", "HU"},    {"cai", "EG"},    {"can", "CN"}, {"ccu", "IN"},    {"cmb", "LK"},
    {"cpt", "ZA"},    {"dac", "BD"},    {"del", "IN"}, {"den", "US-CO"}, {"doh", "QA"},
    {"dtw", "US-MI"}, {"dus", "DE"},    {"eze", "AR"}, {"gig", "BR"},    {"ham", "DE"},
    {"han", "VN"},    {"iah", "US-TX"}, {"isb", "PK"}, {"ist", "TR"},    {"jed", "SA"},
    {"khh", "TW"},    {"khi", "PK"},    {"ktm", "NP"}, {"kwi", "KW"},    {"lim", "PE"},
    {"lis", "PT"},    {"los", "NG"},    {"mad", "ES"}, {"man", "GB"},    {"mel", "AU"},
    {"mex", "MX"},    {"msp", "US-MN"}, {"nbo", "KE"}, {"otp", "RO"},    {"per", "AU"},
    {"phl", "US-PA"}, {"phx", "US-AZ"}, {"ruh", "SA"}, {"sea", "US-WA"}, {"sgn", "VN"},
    {"slc", "US-UT"}, {"vie", "AT"},    {"yul", "CA"}, {"yvr", "CA"},
};

static bool is_word(uint8_t byte)
{
    return tt_is_alpha(byte) || (byte >= '0' && byte <= '9');
}

static bool begins_with(struct tt_span text, const char *word)
{
    for (size_t i = 0; word[i] != '\0'; i++)
        if (i >= text.len || tt_lower(text.data[i]) != (uint8_t)word[i])
            return false;
    return true;
}

static bool is_digit_at(struct tt_span text, size_t at)
{
    return at < text.len && text.data[at] >= '0' && text.data[at] <= '9';
}

/* A region ends where its word ends; Google's zones ("us-west1-b") and Amazon's ("us-west-2a") are
 * in it, so a letter may follow a digit. */
static bool is_region(struct tt_span rest, const char *word)
{
    size_t len = strlen(word);
    if (!begins_with(rest, word) || is_digit_at(rest, len))
        return false;
    bool zone = len + 1 <= rest.len && is_digit_at(rest, len - 1) &&
                (len + 1 == rest.len || !is_word(rest.data[len + 1]));
    return len == rest.len || !is_word(rest.data[len]) || zone;
}

/* An airport may have a number behind it. */
static bool is_airport(struct tt_span rest, const char *word)
{
    size_t at = strlen(word);
    if (!begins_with(rest, word))
        return false;
    while (is_digit_at(rest, at))
        at++;
    return at == rest.len || !is_word(rest.data[at]);
}

static bool take(const struct word *word, struct tt_region *ret_region)
{
    *ret_region = (struct tt_region){.code = word->code};
    memcpy(ret_region->word, word->word, strlen(word->word) + 1);
    return true;
}

/* Where the last two labels begin. */
static size_t domain_at(struct tt_span host)
{
    unsigned dots = 0;
    for (size_t i = host.len; i > 0; i--) {
        dots += host.data[i - 1] == '.';
        if (dots == 2)
            return i;
    }
    return 0;
}

bool tt_region_find(const char *host, struct tt_region *ret_region)
{
    struct tt_span name = tt_span_str(host);
    size_t domain = domain_at(name);
    for (size_t at = 0; at < name.len; at++) {
        if (at > 0 && is_word(name.data[at - 1]))
            continue;
        struct tt_span rest = tt_span_from(name, at);
        for (size_t i = 0; i < TT_ARRAY_LEN(regions); i++)
            if (is_region(rest, regions[i].word))
                return take(&regions[i], ret_region);
        for (size_t i = 0; at < domain && i < TT_ARRAY_LEN(airports); i++)
            if (is_airport(rest, airports[i].word))
                return take(&airports[i], ret_region);
    }
    return false;
}

static bool find_airport(const struct word *words, size_t count, const char *code,
                         struct tt_region *ret_region)
{
    for (size_t i = 0; i < count; i++)
        if (tt_span_is(tt_span_str(code), words[i].word))
            return take(&words[i], ret_region);
    return false;
}

bool tt_region_airport(const char *code, struct tt_region *ret_region)
{
    return find_airport(airports, TT_ARRAY_LEN(airports), code, ret_region) ||
           find_airport(more_airports, TT_ARRAY_LEN(more_airports), code, ret_region);
}

/* ISO 3166-2:US, the states and the District of Columbia. */
static const struct word states[] = {
    {"Alabama", "US-AL"},        {"Alaska", "US-AK"},         {"Arizona", "US-AZ"},
    {"Arkansas", "US-AR"},       {"California", "US-CA"},     {"Colorado", "US-CO"},
    {"Connecticut", "US-CT"},    {"Delaware", "US-DE"},       {"District of Columbia", "US-DC"},
    {"Florida", "US-FL"},        {"Georgia", "US-GA"},        {"Hawaii", "US-HI"},
    {"Idaho", "US-ID"},          {"Illinois", "US-IL"},       {"Indiana", "US-IN"},
    {"Iowa", "US-IA"},           {"Kansas", "US-KS"},         {"Kentucky", "US-KY"},
    {"Louisiana", "US-LA"},      {"Maine", "US-ME"},          {"Maryland", "US-MD"},
    {"Massachusetts", "US-MA"},  {"Michigan", "US-MI"},       {"Minnesota", "US-MN"},
    {"Mississippi", "US-MS"},    {"Missouri", "US-MO"},       {"Montana", "US-MT"},
    {"Nebraska", "US-NE"},       {"Nevada", "US-NV"},         {"New Hampshire", "US-NH"},
    {"New Jersey", "US-NJ"},     {"New Mexico", "US-NM"},     {"New York", "US-NY"},
    {"North Carolina", "US-NC"}, {"North Dakota", "US-ND"},   {"Ohio", "US-OH"},
    {"Oklahoma", "US-OK"},       {"Oregon", "US-OR"},         {"Pennsylvania", "US-PA"},
    {"Rhode Island", "US-RI"},   {"South Carolina", "US-SC"}, {"South Dakota", "US-SD"},
    {"Tennessee", "US-TN"},      {"Texas", "US-TX"},          {"Utah", "US-UT"},
    {"Vermont", "US-VT"},        {"Virginia", "US-VA"},       {"Washington", "US-WA"},
    {"West Virginia", "US-WV"},  {"Wisconsin", "US-WI"},      {"Wyoming", "US-WY"},
};

const char *tt_region_state(const char *name)
{
    static const char country[] = "US-";
    struct tt_span text = tt_span_trim(tt_span_str(name));
    for (size_t i = 0; i < TT_ARRAY_LEN(states); i++)
        if (tt_span_is(text, states[i].word) || tt_span_is(text, states[i].code) ||
            tt_span_is(text, states[i].code + sizeof(country) - 1))
            return states[i].code;
    return NULL;
}
