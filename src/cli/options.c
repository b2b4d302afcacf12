#include "cli.h"

#include <stdio.h>
#include <string.h>

/* Options of later versions, so that who reads about them learns why they are refused. */
static const struct {
    const char *name;
    const char *why;
} later_options[] = {
    {"--spool", "this version does not wait yet for keys that come behind the packets in a pipe"},
    {"--jobs", "this version uses one core yet"},
    {"--memory", "this version has fixed limits yet; `telltale list limits` shows them"},
};
enum { LATER_COUNT = sizeof(later_options) / sizeof(later_options[0]) };

static const char *why_later(const char *option)
{
    size_t len = strcspn(option, "=");
    for (size_t i = 0; i < LATER_COUNT; i++)
        if (strlen(later_options[i].name) == len &&
            strncmp(later_options[i].name, option, len) == 0)
            return later_options[i].why;
    return NULL;
}

static const struct option *find_option(const struct option *options, int value)
{
    for (; options->name != NULL; options++)
        if (options->val == value)
            return options;
    return NULL;
}

static int refuse(const struct cli_command *command, const char *given,
                  const struct option *options)
{
    const char *why = why_later(given);
    if (why != NULL)
        (void)cli_fail("%s: %.*s: %s", command->name, (int)strcspn(given, "="), given, why);
    else if (strncmp(given, "--", 2) == 0 && optopt != 0 && find_option(options, optopt) != NULL)
        (void)cli_usage(command, "%s: %.*s takes no value", command->name, (int)strcspn(given, "="),
                        given);
    else
        (void)cli_usage(command, "%s: no option %s", command->name, given);
    return '?';
}

int cli_next_option(const struct cli_command *command, int argc, char **argv,
                    const struct option *options)
{
    opterr = 0;
    optopt = 0;
    int at = optind;
    int option = getopt_long(argc, argv, ":hqf:o:", options, NULL);
    const char *given = optind > at ? argv[optind - 1] : argv[at];
    if (option == -1)
        return -1;
    if (option == ':') {
        (void)cli_usage(command, "%s: %s needs a value", command->name, given);
        return '?';
    }
    if (option == '?')
        return refuse(command, given, options);
    const struct option *found = find_option(options, option);
    if (found == NULL) { /* the short options are those of all commands together */
        const char letter[] = {'-', (char)option, '\0'};
        return refuse(command, letter, options);
    }
    if (optarg != NULL && optarg[0] == '\0') {
        (void)cli_usage(command, "%s: the value of --%s is empty", command->name, found->name);
        return '?';
    }
    if (option == 'h')
        (void)printf("usage: telltale %s %s\n%s\nMore: man telltale-%s\n", command->name,
                     command->arguments, command->summary, command->name);
    return option;
}
