#define _DEFAULT_SOURCE /* setitimer, ftruncate of old systems */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/maker.h"
#include "capture/outcome.h"
#include "model/limits.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* The address sanitizer maps terabytes of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

struct temporary {
    char path[32];
    int fd;
};

static void write_all(int fd, struct tt_span bytes)
{
    while (bytes.len > 0) {
        ssize_t done = write(fd, bytes.data, bytes.len);
        if (done <= 0)
            abort();
        bytes = tt_span_from(bytes, (size_t)done);
    }
}

static struct temporary write_file(struct tt_span bytes)
{
    struct temporary file = {.path = "/tmp/capture-XXXXXX"};
    file.fd = mkstemp(file.path);
    assert_true(file.fd >= 0);
    write_all(file.fd, bytes);
    return file;
}

static void remove_file(const struct temporary *file)
{
    (void)close(file->fd);
    (void)unlink(file->path);
}

static void digest_of(struct tt_span bytes, char text[65])
{
    uint8_t value[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    assert_int_equal(EVP_Digest(bytes.data, bytes.len, value, &len, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", value[i]);
}

/* Several windows, with packets across every border and two that are larger than a window. */
static struct maker make_large(void)
{
    struct maker maker = maker_new(false);
    section(&maker, false);
    interface_block(&maker, 1, 0, 6, 0);
    uint64_t ticks = 0;
    while (maker.out.len < 5U * TT_WINDOW_BYTES / 2) {
        ticks++;
        enhanced(&maker, 0, ticks, (uint32_t)(ticks * 7919 % 60000), 65535);
        if (ticks == 300)
            enhanced(&maker, 0, 300, TT_FRAME_MAX - 1, TT_FRAME_MAX);
    }
    enhanced(&maker, 0, 1, TT_FRAME_MAX, TT_FRAME_MAX);
    enhanced(&maker, 0, 2, 60, 60);
    return maker;
}

static void test_mapped_equals_streamed(void **state)
{
    (void)state;
    struct maker maker = make_large();
    struct temporary file = write_file(maker_span(&maker));
    char digest[65];
    digest_of(maker_span(&maker), digest);
    struct outcome whole;
    struct outcome mapped;
    struct outcome streamed;
    outcome_of_bytes(&whole, maker_span(&maker), 0);
    outcome_of_path(&mapped, file.path);
    outcome_of_bytes(&streamed, maker_span(&maker), 65536);
    assert_int_equal(mapped.read, TT_OK);
    assert_string_equal(notes_of(&mapped), "");
    assert_string_equal(frames_of(&mapped), frames_of(&whole));
    assert_string_equal(frames_of(&streamed), frames_of(&whole));
    assert_string_equal(mapped.summary.sha256, digest);
    assert_string_equal(streamed.summary.sha256, digest);
    assert_string_equal(whole.summary.sha256, digest);
    assert_int_equal(mapped.summary.file_bytes, maker.out.len);
    outcome_free(&whole);
    outcome_free(&mapped);
    outcome_free(&streamed);
    remove_file(&file);
    maker_free(&maker);
}

/* Cut around the places where the view moves. */
static void test_mapped_cut(void **state)
{
    (void)state;
    struct maker maker = make_large();
    struct temporary file = write_file(maker_span(&maker));
    struct outcome whole;
    outcome_of_bytes(&whole, maker_span(&maker), 0);
    static const size_t cuts[] = {2 * TT_WINDOW_BYTES + 1,
                                  2 * TT_WINDOW_BYTES,
                                  TT_WINDOW_BYTES + 4,
                                  262144 + 1,
                                  262144,
                                  262144 - 1,
                                  4096};
    for (size_t i = 0; i < TT_ARRAY_LEN(cuts); i++) {
        assert_int_equal(ftruncate(file.fd, (off_t)cuts[i]), 0);
        struct outcome mapped;
        struct outcome expected;
        outcome_of_path(&mapped, file.path);
        outcome_of_bytes(&expected, tt_span_sub(maker_span(&maker), 0, cuts[i]), 0);
        assert_int_equal(mapped.read, TT_OK);
        assert_string_equal(frames_of(&mapped), frames_of(&expected));
        assert_string_equal(notes_of(&mapped), notes_of(&expected));
        assert_string_equal(mapped.summary.sha256, expected.summary.sha256);
        assert_int_equal(strncmp(frames_of(&whole), frames_of(&mapped), strlen(frames_of(&mapped))),
                         0);
        outcome_free(&mapped);
        outcome_free(&expected);
    }
    outcome_free(&whole);
    remove_file(&file);
    maker_free(&maker);
}

/* A hole of 600 MB: mapped space stays small while it is stepped over. */
static void test_mapped_space_is_given_back(void **state)
{
    (void)state;
#if defined(SANITIZED)
    skip();
#else
    const uint32_t hole = 629145600;
    struct maker maker = maker_new(false);
    section(&maker, false);
    interface_block(&maker, 1, 0, 6, 0);
    enhanced(&maker, 0, 1, 60, 60);
    put32(&maker, 0x12345);
    put32(&maker, hole);
    struct temporary file = write_file(maker_span(&maker));
    assert_true(lseek(file.fd, (off_t)hole - 12, SEEK_CUR) > 0);
    maker.out.len = 0;
    put32(&maker, hole);
    enhanced(&maker, 0, 2, 60, 60);
    write_all(file.fd, maker_span(&maker));
    maker_free(&maker);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
    struct rlimit tight = {.rlim_cur = 268435456, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_AS, &tight), 0);
    struct outcome outcome;
    outcome_of_path(&outcome, file.path);
    assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
    assert_int_equal(outcome.read, TT_OK);
    assert_int_equal(outcome.summary.frames, 2);
    assert_string_equal(notes_of(&outcome), "");
    outcome_free(&outcome);
    remove_file(&file);
#endif
}

/* The file grows while it is read, as when a capture is still running. */
static void test_mapped_file_grows(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    pcap_record(&maker, 1, 0, 60, 60);
    struct temporary file = write_file(maker_span(&maker));
    struct tt_note_sink sink;
    struct outcome outcome;
    outcome_begin(&outcome, &sink);
    struct tt_capture *capture = NULL;
    assert_int_equal(tt_capture_open(file.path, &sink, &capture, NULL), TT_OK);
    struct tt_frame frame;
    bool more = false;
    assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
    assert_true(more);
    size_t before = maker.out.len;
    for (uint32_t i = 0; i < 1000; i++)
        pcap_record(&maker, 2 + i, 0, 1000, 1000);
    write_all(file.fd, tt_span_from(maker_span(&maker), before));
    outcome_read(&outcome, capture);
    outcome_end(&outcome);
    assert_int_equal(outcome.summary.frames, 1001);
    assert_string_equal(notes_of(&outcome), "");
    char digest[65];
    digest_of(maker_span(&maker), digest);
    assert_string_equal(outcome.summary.sha256, digest);
    outcome_free(&outcome);
    remove_file(&file);
    maker_free(&maker);
}

/* The file is cut behind the part that is visible: it ends there, with a note. */
static void test_mapped_file_shrinks(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    for (uint32_t i = 0; i < 3000; i++)
        pcap_record(&maker, 1 + i, 0, 1000, 1000);
    struct temporary file = write_file(maker_span(&maker));
    struct tt_note_sink sink;
    struct outcome outcome;
    outcome_begin(&outcome, &sink);
    struct tt_capture *capture = NULL;
    assert_int_equal(tt_capture_open(file.path, &sink, &capture, NULL), TT_OK);
    assert_int_equal(ftruncate(file.fd, 24 + 1016 * 1500 + 500), 0);
    outcome_read(&outcome, capture);
    outcome_end(&outcome);
    assert_int_equal(outcome.read, TT_OK);
    assert_int_equal(outcome.summary.frames, 1501);
    assert_string_equal(notes_of(&outcome), "pcap.cut 1501 1524024 516\n");
    outcome_free(&outcome);
    remove_file(&file);
    maker_free(&maker);
}

static void on_alarm(int signal_number)
{
    (void)signal_number;
}

/* Interrupts every system call of this process again and again. */
static void interrupt(bool on)
{
    struct sigaction action = {.sa_handler = on ? on_alarm : SIG_IGN};
    assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
    struct itimerval timer = {.it_interval = {.tv_usec = on ? 500 : 0},
                              .it_value = {.tv_usec = on ? 500 : 0}};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* A child writes `bytes` into a pipe, `step` at a time. */
static void read_through_pipe(struct outcome *outcome, struct tt_span bytes, size_t step)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(ends[0]);
        for (size_t at = 0; at < bytes.len; at += step)
            write_all(ends[1], tt_span_sub(bytes, at, step));
        _exit(0);
    }
    (void)close(ends[1]);
    interrupt(true);
    struct tt_note_sink sink;
    struct tt_capture *capture = NULL;
    outcome_begin(outcome, &sink);
    outcome->opened =
        tt_capture_open_fd(ends[0], true, true, "a pipe", &sink, &capture, &outcome->error);
    if (outcome->opened == TT_OK)
        outcome_read(outcome, capture);
    outcome_end(outcome);
    interrupt(false);
    int status = 1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_pipe(void **state)
{
    (void)state;
    struct maker maker = maker_new(true);
    section(&maker, true);
    interface_block(&maker, 1, 0, 6, 0);
    for (uint32_t i = 0; i < 300; i++)
        enhanced(&maker, 0, i + 1, i * 3, i * 3);
    enhanced(&maker, 0, 301, TT_FRAME_MAX, TT_FRAME_MAX);
    for (uint32_t i = 302; i < 2000; i++)
        enhanced(&maker, 0, i, i, i);
    struct tt_span few = tt_span_sub(maker_span(&maker), 0, 100000);
    struct outcome expected;
    struct outcome piped;
    outcome_of_bytes(&expected, few, 0);
    read_through_pipe(&piped, few, 1);
    assert_string_equal(frames_of(&piped), frames_of(&expected));
    assert_string_equal(piped.summary.sha256, expected.summary.sha256);
    outcome_free(&expected);
    outcome_free(&piped);
    outcome_of_bytes(&expected, maker_span(&maker), 0);
    read_through_pipe(&piped, maker_span(&maker), 7777777);
    assert_int_equal(piped.read, TT_OK);
    assert_string_equal(frames_of(&piped), frames_of(&expected));
    assert_string_equal(notes_of(&piped), "");
    assert_string_equal(piped.summary.sha256, expected.summary.sha256);
    outcome_free(&expected);
    outcome_free(&piped);
    maker_free(&maker);
}

/* A live pipe: a frame comes out as soon as its last byte went in. */
static void test_pipe_does_not_wait(void **state)
{
    (void)state;
    struct maker maker = maker_new(false);
    pcap_header(&maker, 0xa1b2c3d4, 65535, 1);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    write_all(ends[1], maker_span(&maker));
    struct tt_capture *capture = NULL;
    assert_int_equal(tt_capture_open_fd(ends[0], true, true, "a pipe", NULL, &capture, NULL),
                     TT_OK);
    for (uint32_t i = 1; i < 100; i++) {
        size_t before = maker.out.len;
        pcap_record(&maker, i, 0, i * 10, i * 10);
        write_all(ends[1], tt_span_from(maker_span(&maker), before));
        struct tt_frame frame;
        bool more = false;
        assert_int_equal(tt_capture_next(capture, &frame, &more, NULL), TT_OK);
        assert_true(more);
        assert_int_equal(frame.number, i);
        assert_true(tt_span_eq(frame.bytes, tt_span_from(maker_span(&maker), before + 16)));
    }
    (void)close(ends[1]);
    tt_capture_free(capture);
    maker_free(&maker);
}

static void test_reading_fails(void **state)
{
    (void)state;
    struct outcome outcome;
    struct tt_note_sink sink;
    struct tt_capture *capture = NULL;
    outcome_begin(&outcome, &sink);
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(
        tt_capture_open_fd(fd, true, true, "a device", &sink, &capture, &outcome.error), TT_ERR_IO);
    assert_non_null(strstr(outcome.error.text, "cannot read a device"));
    outcome_free(&outcome);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mapped_equals_streamed),     cmocka_unit_test(test_mapped_cut),
        cmocka_unit_test(test_mapped_space_is_given_back), cmocka_unit_test(test_mapped_file_grows),
        cmocka_unit_test(test_mapped_file_shrinks),        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_pipe_does_not_wait),         cmocka_unit_test(test_reading_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
