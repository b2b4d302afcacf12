#include "cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* In the order of a first use. */
static const struct cli_command *const commands[] = {&cli_test,   &cli_messages, &cli_subject,
                                                     &cli_policy, &cli_report,   &cli_compare,
                                                     &cli_verify, &cli_list};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };
enum { MESSAGE_MAX = 8192 }; /* bytes; a path may have 4096 */

/* Commands of later versions, so that who reads about them learns why they are refused. */
static const char *const later_commands[] = {"bundle"};
enum { LATER_COUNT = sizeof(later_commands) / sizeof(later_commands[0]) };

/* What a message quotes (file names, words of a file) must not drive the terminal. Lines stay: a
 * message may show the place of a mistake. */
static void clean(char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < 0x20 && *text != '\n') || *text == 0x7f)
            *text = '?';
}

__attribute__((format(printf, 1, 0))) static void complain(const char *format, va_list args)
{
    char text[MESSAGE_MAX];
    if (vsnprintf(text, sizeof(text), format, args) < 0)
        return;
    clean(text);
    (void)fprintf(stderr, "telltale: %s\n", text);
}

int cli_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
    return EXIT_FAILED;
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    complain(format, args);
    va_end(args);
    (void)fprintf(stderr, "usage: telltale %s %s\n", command->name, command->arguments);
    return EXIT_FAILED;
}

static void print_help(FILE *stream)
{
    (void)fprintf(stream, "telltale %s - finds personal data in what a device sends\n\n",
                  tt_version());
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(stream, "  telltale %-9s %s\n", commands[i]->name, commands[i]->summary);
    (void)fputs("\nExit status: 0 the policy holds, 1 it is violated, 3 undecided, 2 not done.\n"
                "`telltale COMMAND --help` or `man telltale-COMMAND` tell more.\n",
                stream);
}

static int run_command(int argc, char **argv)
{
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return EXIT_HOLDS;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        (void)printf("telltale %s\n", tt_version());
        return EXIT_HOLDS;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    for (size_t i = 0; i < LATER_COUNT; i++)
        if (strcmp(later_commands[i], name) == 0)
            return cli_fail("%s: this version does not have this command yet; `telltale --help` "
                            "lists those that it has",
                            name);
    return cli_fail("no command \"%s\"; `telltale --help` lists them", name);
}

/* Captures of one time are open together: as many as the system allows. */
static void raise_open_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
    raise_open_files();
    (void)setlocale(LC_CTYPE, "");
    /* A reader that closes its pipe shows as a failed write, with a message, not as a silent death.
     */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_FAILED;
    }
    int status = run_command(argc, argv);
    /* Reports are checked where they are written; this is for help texts. */
    if (status == EXIT_HOLDS && (fflush(stdout) != 0 || ferror(stdout) != 0))
        return cli_fail("cannot write standard output: %s", strerror(errno));
    return status;
}
