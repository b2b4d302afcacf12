#include "base/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

struct slice {
    tt_team_fn *work;
    void *context;
    size_t first;
    size_t end;
};

static void *do_slice(void *argument)
{
    const struct slice *slice = argument;
    slice->work(slice->context, slice->first, slice->end);
    return NULL;
}

static size_t size_of_team(size_t count)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t size = processors < 1 ? 1 : (size_t)processors;
    size = size < TT_TEAM_MAX ? size : TT_TEAM_MAX;
    size_t worth = count / TT_TEAM_SLICE_MIN;
    return worth < 1 ? 1 : worth < size ? worth : size;
}

void tt_team_run(size_t count, tt_team_fn *work, void *context)
{
    struct slice slices[TT_TEAM_MAX];
    pthread_t threads[TT_TEAM_MAX];
    bool started[TT_TEAM_MAX] = {false};
    size_t size = size_of_team(count);
    for (size_t i = 0; i < size; i++)
        slices[i] = (struct slice){.work = work,
                                   .context = context,
                                   .first = count / size * i,
                                   .end = i + 1 == size ? count : count / size * (i + 1)};
    /* A signal is for the threads that the program made itself. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    bool masked = size > 1 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    for (size_t i = 1; i < size && masked; i++)
        started[i] = pthread_create(&threads[i], NULL, do_slice, &slices[i]) == 0;
    if (masked)
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    for (size_t i = 0; i < size; i++) {
        if (!started[i])
            (void)do_slice(&slices[i]);
    }
    for (size_t i = 1; i < size; i++) {
        if (started[i])
            (void)pthread_join(threads[i], NULL);
    }
}
