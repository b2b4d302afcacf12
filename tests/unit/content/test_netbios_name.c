#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/netbios.h"
#include "recorder.h"

static const struct tt_body declared = {.codings = "netbios"};

/* "GOLDPHONE", filled up with blanks; a workstation. */
static const char name[] = "EHEPEMEEFAEIEPEOEFCACACACACACAAA";

static void names(void **state)
{
    (void)state;
    assert_ptr_equal(tt_decoder_pick(&declared, tt_span_str(name), true), &tt_decoder_netbios);
    assert_says(&tt_decoder_netbios, &declared, tt_span_str(name),
                "coding netbios at 0\n  [GOLDPHONE]\n  complete at 32\ntaken 32\n");
    assert_cut_anywhere(&tt_decoder_netbios, &declared, tt_span_str(name));
    /* All of the name but its sort. */
    assert_says(&tt_decoder_netbios, &declared, tt_span_str("EBECEDEEEFEGEHEIEJEKELEMENEOEPCA"),
                "coding netbios at 0\n  [ABCDEFGHIJKLMNO]\n  complete at 32\ntaken 32\n");
    /* "*", which asks everybody, is filled up with zeros. */
    assert_says(&tt_decoder_netbios, &declared, tt_span_str("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
                "coding netbios at 0\n  [*]\n  complete at 32\ntaken 32\n");
    assert_says(&tt_decoder_netbios, &declared, tt_span_str("CACACACACACACACACACACACACACACAAA"),
                "taken 32\n");
}

static void nothing_else(void **state)
{
    (void)state;
    const struct tt_body undeclared = {0};
    assert_true(tt_decoder_pick(&undeclared, tt_span_str(name), true) != &tt_decoder_netbios);
    assert_false(tt_decoder_netbios.claims(&declared, tt_span_str(name), false));
    assert_false(tt_decoder_netbios.claims(&declared, tt_span_sub(tt_span_str(name), 0, 31), true));
    assert_false(tt_decoder_netbios.claims(&declared,
                                           tt_span_str("EHEPEMEEFAEIEPEOEFCACACACACACAAQ"), true));
    /* It takes no more than it knows. */
    assert_says(&tt_decoder_netbios, &declared, tt_span_str("EHEPEMEEFAEIEPEOEFCACACACACACAAAA"),
                "coding netbios at 0\n  [GOLDPHONE]\n  broken at 32\ntaken 32\n");
    assert_says(&tt_decoder_netbios, &declared, tt_span_str("EHEPeHEP"), "taken 4\n");
    assert_survives_damage(&tt_decoder_netbios, &declared, tt_span_str(name));
    assert_cut_short(&tt_decoder_netbios, &declared, tt_span_str(name));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(names), cmocka_unit_test(nothing_else)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
