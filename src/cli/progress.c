#include "cli.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* Set by the signal handler, hence global: a process has one keyboard. */
static volatile sig_atomic_t stop_wished;

static void wish_stop(int signal_number)
{
    (void)signal_number;
    stop_wished = 1;
}

void cli_progress_begin(struct cli_progress *progress, bool quiet)
{
    progress->quiet = quiet;
    progress->still = quiet || isatty(STDERR_FILENO) != 1;
    progress->shown = false;
    /* The second Ctrl-C ends the process as usual. */
    struct sigaction action = {.sa_handler = wish_stop, .sa_flags = (int)SA_RESETHAND};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool cli_progress_step(void *context, const struct tt_progress *progress)
{
    struct cli_progress *state = context;
    if (!state->still) {
        state->shown = true;
        (void)fprintf(stderr, "\r\033[K%s: %" PRIu64 " packets, %" PRIu64 " MB", progress->capture,
                      progress->frames, progress->bytes / 1000000);
    }
    return stop_wished == 0;
}

static void clear(struct cli_progress *progress)
{
    if (progress->shown)
        (void)fputs("\r\033[K", stderr);
    progress->shown = false;
}

void cli_progress_warn(void *context, const char *text)
{
    struct cli_progress *state = context;
    clear(state);
    if (!state->quiet)
        (void)cli_fail("warning: %s", text);
}

void cli_progress_end(struct cli_progress *progress)
{
    clear(progress);
    if (stop_wished != 0)
        (void)cli_fail("stopped early; this is what was found until then");
}
