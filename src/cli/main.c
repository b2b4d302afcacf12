#include "cli.h"

#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In the order of a first use. */
static const struct cli_command *const commands[] = {&cli_test,   &cli_messages, &cli_subject,
                                                     &cli_policy, &cli_report,   &cli_list};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

__attribute__((format(printf, 1, 0))) static void complain(const char *format, va_list args)
{
    (void)fputs("telltale: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
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

int cli_next_option(const struct cli_command *command, int argc, char **argv,
                    const struct option *options)
{
    opterr = 0;
    int at = optind;
    int option = getopt_long(argc, argv, ":hqf:o:", options, NULL);
    if (option == 'h')
        (void)printf("usage: telltale %s %s\n%s\nMore: man telltale-%s\n", command->name,
                     command->arguments, command->summary, command->name);
    if (option == ':')
        (void)cli_usage(command, "%s: %s needs a value", command->name, argv[optind - 1]);
    if (option == '?')
        (void)cli_usage(command, "%s: no option %s", command->name,
                        optind > at ? argv[optind - 1] : argv[at]);
    return option == ':' ? '?' : option;
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

int main(int argc, char **argv)
{
    (void)setlocale(LC_CTYPE, "");
    /* A reader that closes its pipe shows as a failed write, with a message, not as a silent death.
     */
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_help(stderr);
        return EXIT_FAILED;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        (void)printf("telltale %s\n", tt_version());
        return 0;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i]->run(argc - 1, argv + 1);
    return cli_fail("no command \"%s\"; `telltale --help` lists them", name);
}
