#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options of later versions, so that who reads about them learns why they are refused. */
static const struct {
    const char *name;
    const char *why;
} later_options[] = {
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

bool cli_parse_size(const struct cli_command *command, const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGT";
    size_t digits = strspn(text, "0123456789");
    uint64_t bytes = digits > 0 && digits <= 12 ? strtoull(text, NULL, 10) : UINT64_MAX;
    unsigned shift = 0;
    const char *end = text + digits;
    const char *unit = *end == '\0' ? NULL : strchr(units, *end);
    if (unit != NULL) {
        shift = 10 * (unsigned)(unit - units + 1);
        end++;
    }
    if (*end != '\0' || bytes > (uint64_t)INT64_MAX >> shift) {
        (void)cli_usage(command, "%s: \"%.40s\" is no size: expected a number of bytes, as in 64M",
                        command->name, text);
        return false;
    }
    *ret_bytes = bytes << shift;
    return true;
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
