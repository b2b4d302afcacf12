#include "cli.h"

#include <stdlib.h>

enum { OPTION_SUBJECT = 256, OPTION_JSON, OPTION_RECIPES, OPTION_KEYS, OPTION_PSK };

static const struct option option_table[] = {
    {"subject", required_argument, NULL, OPTION_SUBJECT},
    {"json", required_argument, NULL, OPTION_JSON},
    {"recipes", required_argument, NULL, OPTION_RECIPES},
    {"keys", required_argument, NULL, OPTION_KEYS},
    {"psk", required_argument, NULL, OPTION_PSK},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

struct verify_options {
    const char *subject;
    const char *json;
    const char **recipes;
    size_t recipe_count;
    const char **keys;
    size_t key_count;
    const char **psks;
    size_t psk_count;
    bool quiet;
};

/* -1: go on; else the exit status. Each list of `options` has room for every argument. */
static int parse(struct verify_options *options, int argc, char **argv)
{
    int option = 0;
    while ((option = cli_next_option(&cli_verify, argc, argv, option_table)) != -1) {
        switch (option) {
        case OPTION_SUBJECT:
            options->subject = optarg;
            break;
        case OPTION_JSON:
            options->json = optarg;
            break;
        case OPTION_RECIPES:
            options->recipes[options->recipe_count++] = optarg;
            break;
        case OPTION_KEYS:
            options->keys[options->key_count++] = optarg;
            break;
        case OPTION_PSK:
            options->psks[options->psk_count++] = optarg;
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

/* For --quiet: the exit status says it. */
static enum tt_err write_nothing(void *context, const char *text, size_t len)
{
    (void)context;
    (void)text;
    (void)len;
    return TT_OK;
}

static int verify(struct tt_verify_config *config, const struct verify_options *options)
{
    struct cli_file file;
    if (!cli_file_open(&file, options->json))
        return EXIT_FAILED;
    struct tt_output output = cli_output(&file);
    if (options->json == NULL && options->quiet)
        output.write = write_nothing;
    struct tt_verify_totals totals = {0};
    struct tt_error error = {0};
    config->json = options->json != NULL;
    enum tt_err err = tt_verify(config, &output, &totals, &error);
    bool closed = cli_file_close(&file);
    if (err != TT_OK && closed)
        (void)cli_fail("%s", error.text);
    if (err != TT_OK || !closed)
        return EXIT_FAILED;
    if (totals.held + totals.closed < totals.findings)
        return EXIT_VIOLATED;
    if (totals.closed > 0)
        return cli_fail("%zu of %zu findings could not be verified: what they were sealed with was "
                        "not opened (%s)",
                        totals.closed, totals.findings,
                        totals.keyless > 0 ? "were all --keys given?"
                                           : "the report says why at each");
    return EXIT_HOLDS;
}

static int run(int argc, char **argv)
{
    struct verify_options options = {0};
    struct cli_inputs inputs = {0};
    options.recipes = calloc((size_t)argc, sizeof(*options.recipes));
    options.keys = calloc((size_t)argc, sizeof(*options.keys));
    options.psks = calloc((size_t)argc, sizeof(*options.psks));
    int status = EXIT_FAILED;
    if (options.recipes == NULL || options.keys == NULL || options.psks == NULL) {
        (void)cli_fail("no memory");
        goto out;
    }
    status = parse(&options, argc, argv);
    if (status != -1)
        goto out;
    status = EXIT_FAILED;
    if (optind + 2 > argc) {
        (void)cli_usage(&cli_verify, "verify: a case file and the captures of its test are needed");
        goto out;
    }
    const char *path = argv[optind];
    if (!cli_inputs_make(&inputs, argv + optind + 1, (size_t)(argc - optind - 1)))
        goto out;
    const char *subject = options.subject != NULL ? options.subject : inputs.subject;
    if (subject == NULL) {
        (void)cli_usage(&cli_verify, "verify: --subject SHEET is missing: a case file holds no "
                                     "values");
        goto out;
    }
    bool spared = cli_file_spares(options.json, path) && cli_file_spares(options.json, subject);
    for (size_t i = 0; i < inputs.count && spared; i++)
        spared = cli_file_spares(options.json, inputs.captures[i]);
    for (size_t i = 0; i < options.key_count && spared; i++)
        spared = cli_file_spares(options.json, options.keys[i]);
    if (!spared)
        goto out;
    struct tt_verify_config config = {.case_path = path,
                                      .captures = inputs.captures,
                                      .capture_count = inputs.count,
                                      .subject = subject,
                                      .recipes = options.recipes,
                                      .recipe_count = options.recipe_count,
                                      .keys = options.keys,
                                      .key_count = options.key_count,
                                      .psks = options.psks,
                                      .psk_count = options.psk_count};
    status = verify(&config, &options);
out:
    cli_inputs_free(&inputs);
    free(options.recipes);
    free(options.keys);
    free(options.psks);
    return status;
}

const struct cli_command cli_verify = {
    .name = "verify",
    .arguments =
        "CASE CAPTURE... --subject SHEET [--keys FILE]... [--psk HEX]... [--recipes FILE]... "
        "[--json FILE|-] [--quiet]",
    .summary = "walk the proof of every finding of a case again",
    .run = run,
};
