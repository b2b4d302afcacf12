#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "content/vcard.h"
#include "recorder.h"

static const struct tt_body nothing = {0};

static const char sample[] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Asha\r\n  Rao\r\n"
                             "item1.TEL;TYPE=cell:+1 212 555 0147\r\nADR:;;1 Quay\\, East;\\x\r\n"
                             "NOTE;ENCODING=QUOTED-PRINTABLE:asha=40mail=\r\n.example\r\n"
                             "PHOTO;ENCODING=b:eyJh\r\n IjoxfQ==\r\nEND:VCARD\r\n";

static void values_open(void **state)
{
    (void)state;
    assert_says(&tt_decoder_vcard, &nothing, tt_span_str(sample),
                "coding vcard-text at 29 <vcard:fn@29>\n  [Asha Rao]\n  complete at 40\n"
                "coding vcard-text at 83 <vcard:adr@83>\n  [;;1 Quay, East;\\x5cx]\n"
                "  complete at 101\n"
                "coding quoted-printable at 134 <vcard:note@134>\n  [asha@mail.example]\n"
                "  complete at 156\n"
                "coding base64 at 175 <vcard:photo@175>\n  [{\"a\":1}]\n  complete at 190\n"
                "taken 203\n");
    assert_cut_anywhere(&tt_decoder_vcard, &nothing, tt_span_str(sample));
    assert_survives_damage(&tt_decoder_vcard, &nothing, tt_span_str(sample));
}

static void places(void **state)
{
    (void)state;
    struct tt_span input = tt_span_str(sample);
    assert_place(&tt_decoder_vcard, &nothing, input, "+1 212 555 0147", " <vcard:tel@62>");
    assert_place(&tt_decoder_vcard, &nothing, input, "Asha", " <vcard:fn@29> claimed");
    assert_place(&tt_decoder_vcard, &nothing, input, "TYPE=cell", " <vcard@42>");
    assert_places_cut_anywhere(&tt_decoder_vcard, &nothing, input);
}

static void picked(void **state)
{
    (void)state;
    static const struct tt_body typed = {.media_type = "text/x-vcard"};
    assert_ptr_equal(tt_decoder_pick(&nothing, tt_span_str("begin:vcard\n"), true),
                     &tt_decoder_vcard);
    assert_ptr_equal(tt_decoder_pick(&typed, tt_span_str("FN:Asha\n"), true), &tt_decoder_vcard);
    assert_null(tt_decoder_pick(&nothing, tt_span_str("FN:Asha\n"), true));
    assert_null(tt_decoder_pick(&typed, tt_span_str("Asha\n"), true));
}

static void long_fields(void **state)
{
    (void)state;
    static char text[2000];
    memset(text, 'n', sizeof(text));
    memcpy(text + 500, ";ENCODING=b", 11);
    memcpy(text + 1500, ":a\\,b\r\n", 7);
    assert_cut_anywhere(&tt_decoder_vcard, &nothing, tt_span_of(text, sizeof(text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_open),
        cmocka_unit_test(places),
        cmocka_unit_test(picked),
        cmocka_unit_test(long_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
