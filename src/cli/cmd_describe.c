/* subject, policy and list: they show what telltale makes of a file, or what it knows. */
#include "cli.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_REVEAL = 256 };

static const struct option reveal_table[] = {
    {"reveal", no_argument, NULL, OPTION_REVEAL},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};
static const struct option help_table[] = {
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* Ends a description: the exit status, after a message where there is one to give. */
static int done(struct cli_file *file, enum tt_err err, const struct tt_error *error)
{
    bool closed = cli_file_close(file);
    if (err != TT_OK && closed)
        return cli_fail("%s", error->text);
    return closed ? EXIT_HOLDS : EXIT_FAILED;
}

static int run_subject(int argc, char **argv)
{
    bool reveal = false;
    int option = 0;
    while ((option = cli_next_option(&cli_subject, argc, argv, reveal_table)) != -1) {
        if (option == 'h')
            return 0;
        if (option != OPTION_REVEAL)
            return EXIT_FAILED;
        reveal = true;
    }
    if (optind + 1 != argc)
        return cli_usage(&cli_subject, "subject: one sheet is needed");
    struct cli_file file;
    if (!cli_file_open(&file, NULL))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    output.reveal = reveal ? argv[optind] : NULL;
    struct tt_error error = {0};
    enum tt_err err = tt_describe_subject(argv[optind], &output, &error);
    return done(&file, err, &error);
}

static int run_policy(int argc, char **argv)
{
    int option = cli_next_option(&cli_policy, argc, argv, help_table);
    if (option != -1)
        return option == 'h' ? 0 : EXIT_FAILED;
    if (optind + 1 < argc)
        return cli_usage(&cli_policy, "policy: one policy at a time");
    struct cli_file file;
    if (!cli_file_open(&file, NULL))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    struct tt_error error = {0};
    enum tt_err err = tt_describe_policy(optind < argc ? argv[optind] : NULL, &output, &error);
    return done(&file, err, &error);
}

static const struct {
    const char *name;
    enum tt_list_kind kind;
} lists[] = {{"protocols", TT_LIST_PROTOCOLS}, {"codings", TT_LIST_CODINGS},
             {"kinds", TT_LIST_KINDS},         {"limits", TT_LIST_LIMITS},
             {"formats", TT_LIST_FORMATS},     {"policies", TT_LIST_POLICIES}};
enum { LIST_COUNT = sizeof(lists) / sizeof(lists[0]) };

/* Lists `name`; all of them, with headings, when it is NULL. */
static int print_lists(const char *name)
{
    struct cli_file file;
    if (!cli_file_open(&file, NULL))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    struct tt_error error = {0};
    enum tt_err err = TT_OK;
    for (size_t i = 0; err == TT_OK && i < LIST_COUNT; i++) {
        if (name != NULL && strcmp(name, lists[i].name) != 0)
            continue;
        if (name == NULL)
            (void)printf("%s%s:\n", i == 0 ? "" : "\n", lists[i].name);
        err = tt_list(lists[i].kind, &output, &error);
    }
    return done(&file, err, &error);
}

static int run_list(int argc, char **argv)
{
    int option = cli_next_option(&cli_list, argc, argv, help_table);
    if (option != -1)
        return option == 'h' ? 0 : EXIT_FAILED;
    if (optind == argc)
        return print_lists(NULL);
    if (optind + 1 < argc)
        return cli_usage(&cli_list, "list: one list at a time, or none for all");
    for (size_t i = 0; i < LIST_COUNT; i++)
        if (strcmp(argv[optind], lists[i].name) == 0)
            return print_lists(lists[i].name);
    return cli_usage(&cli_list, "list: no list \"%s\"", argv[optind]);
}

const struct cli_command cli_subject = {
    .name = "subject",
    .arguments = "SHEET [--reveal]",
    .summary = "check a subject sheet; show what will be searched for",
    .run = run_subject,
};
const struct cli_command cli_policy = {
    .name = "policy",
    .arguments = "[FILE|NAME]",
    .summary = "check a policy, of a file or built in; say what its clauses mean",
    .run = run_policy,
};
const struct cli_command cli_list = {
    .name = "list",
    .arguments = "[protocols|codings|kinds|limits|formats|policies]",
    .summary = "show what this build knows",
    .run = run_list,
};
