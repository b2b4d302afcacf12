#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test_options {
    const char *subject;
    const char *timeline;
    const char *policy;
    const char *case_path;
    const char *json;
    const char *vantage;
    const char **geo;
    size_t geo_count;
    const char **keys;
    size_t key_count;
    const char **psks;
    size_t psk_count;
    const char **recipes;
    size_t recipe_count;
    uint64_t spool;
    bool no_spool;
    bool reveal;
    bool quiet;
};

enum {
    OPTION_SUBJECT = 256,
    OPTION_TIMELINE,
    OPTION_POLICY,
    OPTION_GEO,
    OPTION_KEYS,
    OPTION_PSK,
    OPTION_RECIPES,
    OPTION_VANTAGE,
    OPTION_SPOOL,
    OPTION_JSON,
    OPTION_REVEAL
};

static const struct option option_table[] = {
    {"subject", required_argument, NULL, OPTION_SUBJECT},
    {"timeline", required_argument, NULL, OPTION_TIMELINE},
    {"policy", required_argument, NULL, OPTION_POLICY},
    {"geo", required_argument, NULL, OPTION_GEO},
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"psk", required_argument, NULL, OPTION_PSK},
    {"recipes", required_argument, NULL, OPTION_RECIPES},
    {"vantage", required_argument, NULL, OPTION_VANTAGE},
    {"spool", required_argument, NULL, OPTION_SPOOL},
    {"output", required_argument, NULL, 'o'},
    {"json", required_argument, NULL, OPTION_JSON},
    {"reveal", no_argument, NULL, OPTION_REVEAL},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

/* -1: go on; else the exit status. The lists of `options` have room for one text per argument. */
static int parse(struct test_options *options, int argc, char **argv)
{
    int option = 0;
    while ((option = cli_next_option(&cli_test, argc, argv, option_table)) != -1) {
        switch (option) {
        case OPTION_SUBJECT:
            options->subject = optarg;
            break;
        case OPTION_TIMELINE:
            options->timeline = optarg;
            break;
        case OPTION_POLICY:
            options->policy = optarg;
            break;
        case OPTION_GEO:
            options->geo[options->geo_count++] = optarg;
            break;
        case OPTION_KEYS:
            options->keys[options->key_count++] = optarg;
            break;
        case OPTION_PSK:
            options->psks[options->psk_count++] = optarg;
            break;
        case OPTION_RECIPES:
            options->recipes[options->recipe_count++] = optarg;
            break;
        case OPTION_VANTAGE:
            options->vantage = optarg;
            break;
        case OPTION_SPOOL:
            if (!cli_parse_size(&cli_test, optarg, &options->spool))
                return EXIT_FAILED;
            options->no_spool = options->spool == 0;
            break;
        case OPTION_JSON:
            options->json = optarg;
            break;
        case OPTION_REVEAL:
            options->reveal = true;
            break;
        case 'o':
            options->case_path = optarg;
            break;
        case 'q':
            options->quiet = true;
            break;
        case 'h':
            return 0;
        default:
            return EXIT_FAILED;
        }
    }
    return -1;
}

/* Writes one report. False after a message. */
static bool write_report(struct tt_case *c, const char *format, const char *path,
                         const char *reveal)
{
    struct cli_file file;
    if (!cli_file_open(&file, path))
        return false;
    struct tt_output output = cli_output(&file);
    output.reveal = reveal;
    struct tt_error error = {0};
    enum tt_err err = tt_report(c, format, &output, &error);
    bool closed = cli_file_close(&file);
    if (err != TT_OK && closed)
        (void)cli_fail("%s", error.text);
    return err == TT_OK && closed;
}

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static int report(struct tt_case *c, const struct test_options *options)
{
    const char *reveal = options->reveal ? options->subject : NULL;
    bool ok = true;
    if (options->json != NULL)
        ok = write_report(c, "json", options->json, reveal);
    if (ok && !options->quiet && !is_stdout(options->json))
        ok = write_report(c, "text", NULL, reveal);
    if (!ok)
        return EXIT_FAILED;
    enum tt_outcome outcome = TT_OUTCOME_HOLDS;
    struct tt_error error = {0};
    if (tt_case_outcome(c, &outcome, &error) != TT_OK)
        return cli_fail("%s", error.text);
    static const int statuses[] = {
        [TT_OUTCOME_HOLDS] = EXIT_HOLDS,
        [TT_OUTCOME_VIOLATED] = EXIT_VIOLATED,
        [TT_OUTCOME_UNDECIDED] = EXIT_UNDECIDED,
    };
    return statuses[outcome];
}

/* False after a message when an output would destroy what the test reads, or the other output. */
static bool outputs_spare_inputs(const struct test_options *options,
                                 const struct cli_inputs *inputs)
{
    const char *const outputs[] = {options->case_path, options->json};
    const char *const files[] = {options->subject, options->timeline, options->policy};
    for (size_t o = 0; o < sizeof(outputs) / sizeof(outputs[0]); o++) {
        for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
            if (!cli_file_spares(outputs[o], files[i]))
                return false;
        for (size_t i = 0; i < inputs->count; i++)
            if (!cli_file_spares(outputs[o], inputs->captures[i]))
                return false;
        for (size_t i = 0; i < options->geo_count; i++)
            if (!cli_file_spares(outputs[o], options->geo[i]))
                return false;
        for (size_t i = 0; i < options->key_count; i++)
            if (!cli_file_spares(outputs[o], options->keys[i]))
                return false;
        for (size_t i = 0; i < options->recipe_count; i++)
            if (!cli_file_spares(outputs[o], options->recipes[i]))
                return false;
    }
    return cli_file_spares(options->json, options->case_path);
}

static int test(const struct test_options *options, const struct cli_inputs *inputs)
{
    struct cli_progress progress;
    cli_progress_begin(&progress, options->quiet);
    struct tt_test_config config = {.captures = inputs->captures,
                                    .capture_count = inputs->count,
                                    .subject = options->subject,
                                    .timeline = options->timeline,
                                    .policy = options->policy,
                                    .geo = options->geo,
                                    .geo_count = options->geo_count,
                                    .vantage = options->vantage,
                                    .keys = options->keys,
                                    .key_count = options->key_count,
                                    .psks = options->psks,
                                    .psk_count = options->psk_count,
                                    .recipes = options->recipes,
                                    .recipe_count = options->recipe_count,
                                    .case_path = options->case_path,
                                    .spool = options->spool,
                                    .no_spool = options->no_spool,
                                    .progress = cli_progress_step,
                                    .warning = cli_progress_warn,
                                    .context = &progress};
    struct tt_case *c = NULL;
    struct tt_error error = {0};
    enum tt_err err = tt_test(&config, &c, &error);
    cli_progress_end(&progress);
    if (err != TT_OK)
        return cli_fail("%s", error.text);
    int status = report(c, options);
    tt_case_close(c);
    return status;
}

static int run(int argc, char **argv)
{
    struct test_options options = {0};
    struct cli_inputs inputs = {0};
    options.geo = calloc((size_t)argc, sizeof(*options.geo));
    options.keys = calloc((size_t)argc, sizeof(*options.keys));
    options.psks = calloc((size_t)argc, sizeof(*options.psks));
    options.recipes = calloc((size_t)argc, sizeof(*options.recipes));
    int status = EXIT_FAILED;
    if (options.geo == NULL || options.keys == NULL || options.psks == NULL ||
        options.recipes == NULL) {
        (void)cli_fail("no memory");
        goto out;
    }
    status = parse(&options, argc, argv);
    if (status != -1)
        goto out;
    status = EXIT_FAILED;
    if (optind == argc) {
        (void)cli_usage(&cli_test, "test: no capture given");
        goto out;
    }
    if (!cli_inputs_make(&inputs, argv + optind, (size_t)(argc - optind)))
        goto out;
    if (options.subject == NULL)
        options.subject = inputs.subject;
    if (options.timeline == NULL)
        options.timeline = inputs.timeline;
    if (options.subject == NULL) {
        (void)cli_usage(&cli_test,
                        "test: --subject SHEET is missing (see man telltale-subject-sheet)");
        goto out;
    }
    if (outputs_spare_inputs(&options, &inputs))
        status = test(&options, &inputs);
out:
    cli_inputs_free(&inputs);
    free(options.psks);
    free(options.keys);
    free(options.geo);
    free(options.recipes);
    return status;
}

const struct cli_command cli_test = {
    .name = "test",
    .arguments = "CAPTURE... --subject SHEET [--timeline FILE] [--policy FILE] [--geo FILE]... "
                 "[--vantage LAT,LON] [--keys FILE]... [--psk HEX]... [--recipes FILE]... "
                 "[--spool SIZE] [-o CASE] [--json FILE|-] [--reveal] [--quiet]",
    .summary = "find the owner's data in captures and judge it",
    .run = run,
};
