#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "support/flush.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void expect_refusal(const void *data, size_t len, const char *says)
{
    static const size_t steps[] = {0, 1};
    for (size_t i = 0; i < TT_ARRAY_LEN(steps); i++) {
        struct flush flush = flush_make(tt_span_of(data, len));
        struct outcome outcome;
        outcome_of_bytes(&outcome, flush.span, steps[i]);
        assert_int_equal(outcome.opened, TT_ERR_FORMAT);
        assert_int_equal(outcome.error.code, TT_ERR_FORMAT);
        assert_null(strchr(outcome.error.text, '\n'));
        if (steps[i] == 0 && strstr(outcome.error.text, says) == NULL)
            fail_msg("\"%s\" is not in \"%s\"", says, outcome.error.text);
        outcome_free(&outcome);
        flush_free(&flush);
    }
}

static void test_what_it_looks_like(void **state)
{
    (void)state;
    static const char json[] = "[{\"device\": 1}]";
    static const char text[] = "10:02:11.5 IP 192.0.2.1.53 > 192.0.2.2.1024: UDP, length 40\n";
    expect_refusal("", 0, "is empty");
    expect_refusal(json, sizeof(json) - 1, "JSON");
    expect_refusal(text, sizeof(text) - 1, "a text");
    expect_refusal("\n\n\nDear diary", 13, "a text");
    expect_refusal("\n\n\n\x1c\0\0\0M<+", 10, "as text");
    expect_refusal("\r\n\r\r\n\x1c\0\0\0M<+", 12, "as text");
    expect_refusal("\xc3\xa9t\xc3\xa9", 5, "a text");
    expect_refusal("GMBU\0\2", 6, "editcap");
    expect_refusal("snoop\0\0\0\0\0\0\2", 12, "ends inside its snoop header");
    expect_refusal("btsnoop\0\0\0\0\1", 12, "ends inside its btsnoop header");
    expect_refusal("\x7f"
                   "ELF\2\1\1",
                   7, "a program");
    expect_refusal("SQLite format 3\0", 16, "telltale report");
    expect_refusal("CLIENT_RANDOM 00", 16, "--keys");
    expect_refusal("\x28\xb5\x2f\xfd", 4, "zstd data that holds nothing");
    expect_refusal("\xfd"
                   "7zXZ\0\0\4",
                   8, "xz data that holds nothing");
    expect_refusal("\x04\x22\x4d\x18", 4, "lz4 data that holds nothing");
    expect_refusal("\x02\x21\x4c\x18", 4, "legacy");
    expect_refusal("PK\3\4", 4, "zip archive");
    expect_refusal("\x0a\x0d\x0a\x1c\0\0\0M<+\x1a\1\0\0\0\xff\xff\xff\xff", 18, "as text");
    expect_refusal("\x0a\x0d\x0d\x0a\x1c\0\0\0\0\0\0\0\1\0\0\0", 16, "a damaged pcapng");
    expect_refusal("\x80\1\2\3", 4, "not in a known capture format");
    expect_refusal("\0", 1, "not in a known capture format");
    expect_refusal("\xd4\xc3\xb2\xa1\2\0\4\0", 8, "ends inside its pcap header");
}

static void expect_io_error(const char *path, const char *says)
{
    struct outcome outcome;
    outcome_of_path(&outcome, path);
    assert_int_equal(outcome.opened, TT_ERR_IO);
    assert_int_equal(outcome.error.code, TT_ERR_IO);
    if (strstr(outcome.error.text, says) == NULL || strstr(outcome.error.text, path) == NULL)
        fail_msg("\"%s\" is not in \"%s\"", says, outcome.error.text);
    outcome_free(&outcome);
}

static void test_what_cannot_be_opened(void **state)
{
    (void)state;
    expect_io_error("/tmp", "is a folder");
    expect_io_error("/nowhere/capture.pcap", "No such file");
    char path[] = "/tmp/capture-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(fchmod(fd, 0), 0);
    int again = open(path, O_RDONLY | O_CLOEXEC);
    if (again < 0) /* it opens for the superuser */
        expect_io_error(path, "Permission denied");
    else
        (void)close(again);
    (void)close(fd);
    (void)unlink(path);
}

static void test_error_may_be_left_out(void **state)
{
    (void)state;
    struct tt_capture *capture = NULL;
    assert_int_equal(tt_capture_open("/nowhere/capture.pcap", NULL, &capture, NULL), TT_ERR_IO);
    assert_int_equal(tt_capture_open_bytes(tt_span_str("no"), 0, NULL, &capture, NULL),
                     TT_ERR_FORMAT);
    assert_null(capture);
    tt_capture_free(NULL);
}

static void test_digest_is_left_out(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 60);
    for (int spared = 0; spared < 2; spared++) {
        struct tt_capture *capture = NULL;
        assert_int_equal(tt_capture_open_bytes(maker_span(&maker), 0, NULL, &capture, NULL), TT_OK);
        if (spared)
            tt_capture_spare_digest(capture);
        struct tt_frame frame;
        bool more = true;
        while (more)
            assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
        struct tt_capture_summary summary;
        assert_int_equal(tt_capture_finish(capture, &summary, NULL), TT_OK);
        assert_int_equal(strlen(summary.sha256), spared ? 0 : 64);
        assert_int_equal(summary.file_bytes, maker_span(&maker).len);
        tt_capture_free(capture);
    }
    maker_free(&maker);
}

/* Without a sink, notes go nowhere; after the end, there is no more, again and again. */
static void test_no_sink_and_the_end(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 60);
    pcap_record(&maker, 2, 0, 60, 60);
    maker.out.len -= 1;
    struct tt_capture *capture = NULL;
    struct tt_error error = {0};
    assert_int_equal(tt_capture_open_bytes(maker_span(&maker), 0, NULL, &capture, &error), TT_OK);
    struct tt_frame frame;
    bool more = false;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(tt_capture_next(capture, &frame, &more, &error), TT_OK);
        assert_true(more);
        assert_int_equal(frame.bytes.len, 60 - i);
        assert_null(frame.app);
    }
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tt_capture_next(capture, &frame, &more, &error), TT_OK);
        assert_false(more);
    }
    struct tt_capture_summary summary;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(tt_capture_finish(capture, &summary, &error), TT_OK);
        assert_int_equal(summary.file_bytes, maker.out.len);
    }
    tt_capture_free(capture);
    maker_free(&maker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_looks_like),    cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_error_may_be_left_out), cmocka_unit_test(test_digest_is_left_out),
        cmocka_unit_test(test_no_sink_and_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
