#include "judge/policy_builtin.h"

#include "base/compiler.h"
#include "judge/policy_boxed_device.h"
#include "judge/policy_default.h"
#include "judge/policy_dpdp.h"
#include "judge/policy_etsi_en_303_645.h"
#include "judge/policy_gdpr.h"
#include "judge/policy_no_clear_text.h"
#include "judge/policy_owasp_mastg.h"
#include "judge/policy_residency.h"

#define TEXT(array)                                                                                \
    {                                                                                              \
        .data = (array), .len = sizeof(array)                                                      \
    }

static const struct tt_builtin_policy policies[] = {
    {"default", TEXT(policy_default)},
    {"boxed-device", TEXT(policy_boxed_device)},
    {"no-clear-text", TEXT(policy_no_clear_text)},
    {"residency", TEXT(policy_residency)},
    {"owasp-mastg", TEXT(policy_owasp_mastg)},
    {"etsi-en-303-645", TEXT(policy_etsi_en_303_645)},
    {"gdpr", TEXT(policy_gdpr)},
    {"dpdp", TEXT(policy_dpdp)},
};

const struct tt_builtin_policy *tt_policy_builtin_at(size_t at)
{
    return at < TT_ARRAY_LEN(policies) ? &policies[at] : NULL;
}

const struct tt_builtin_policy *tt_policy_builtin_find(const char *name)
{
    for (size_t i = 0; i < TT_ARRAY_LEN(policies); i++)
        if (strcmp(policies[i].name, name) == 0)
            return &policies[i];
    return NULL;
}
