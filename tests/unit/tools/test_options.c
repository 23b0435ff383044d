/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a command line. */
#include "options.h"

#include <string.h>

#include "check.h"

enum { WORDS_MAX = 16 };

/* Parse words that are parted by blanks. They live as long as the program. */
static nm_status
parse(const char *line, tool_options *out, nm_error *err)
{
    static char text[256];
    const char *words[WORDS_MAX] = {"nmsgtool"};
    int count = 1;
    (void)snprintf(text, sizeof text, "%s", line);
    for (char *rest = text; *rest != '\0' && count < WORDS_MAX; count++) {
        words[count] = rest;
        rest += strcspn(rest, " ");
        if (*rest == ' ') {
            *rest++ = '\0';
        }
    }
    return tool_options_parse(count, words, out, err);
}

static bool
has_item(const tool_list *list, const char *item)
{
    return list->count == 1 && strcmp(list->items[0], item) == 0;
}

static void
letters_names_and_their_arguments(void)
{
    static const char *const rows[] = {
        "-z -d -d -c 5 -r in -w out",
        "-zddc 5 -r in -w out",
        "-zddc5 -rin -wout",
        "-r -w in out -zdd -c 5",
        "-rw in out -zddc5",
        "--readnmsg=in --writenmsg out --zlibout -dd --count=5",
        "--readn in --writen=out -zdd --cou 5",
        "-zddcrw 5 in out",
        "-r in -zdd -c 4 -c 5 -w out",
        "-zddrwc -- in out 5",
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_options options;
        CHECK_CASE(rows[i]);
        CHECK_EQ(parse(rows[i], &options, NULL), NM_OK);
        CHECK_EQ(options.count, 5);
        CHECK_EQ(options.debug, 2);
        CHECK(options.is_compressed);
        CHECK(!options.is_mirroring);
        CHECK(has_item(&options.read_nmsg, "in"));
        CHECK(has_item(&options.write_nmsg, "out"));
        tool_options_clear(&options);
    }
}

static void
lists_keep_their_order(void)
{
    tool_options options;
    CHECK_EQ(parse("-r a -J - -r b -r -", &options, NULL), NM_OK);
    CHECK_EQ(options.read_nmsg.count, 3);
    CHECK(strcmp(options.read_nmsg.items[1], "b") == 0);
    CHECK(strcmp(options.read_nmsg.items[2], "-") == 0);
    CHECK(has_item(&options.write_json, "-"));
    tool_options_clear(&options);
}

static void
numbers_below_zero_are_arguments(void)
{
    tool_options options;
    CHECK_EQ(parse("-c -5 -t7", &options, NULL), NM_OK);
    CHECK_EQ(options.count, -5);
    CHECK_EQ(options.interval, 7);
    tool_options_clear(&options);
}

static void
mistakes_are_named(void)
{
    static const struct {
        const char *name;
        const char *text;
    } rows[] = {
        {"-q", "unknown short option '-q'"},
        {"-dq", "unknown short option '-q'"},
        {"--nonsense", "unknown long option '--nonsense'"},
        {"--re x", "might be"},
        {"--zlibout=1", "takes no argument"},
        {"-r", "--readnmsg lacks its argument"},
        {"-rw in", "unwanted additional argument 'in'"},
        {"in", "unwanted additional argument 'in'"},
        {"-d -- in", "unwanted additional argument 'in'"},
        {"-c five", "argument to -c is not a number: 'five'"},
        {"--interval=", "argument to -t is not a number: ''"},
        {"--count 1e3", "argument to -c is not a number: '1e3'"},
    };
    for (size_t i = 0; i < CHECK_COUNT(rows); i++) {
        tool_options options;
        nm_error err = {.code = NM_OK};
        CHECK_CASE(rows[i].name);
        CHECK_EQ(parse(rows[i].name, &options, &err), NM_E_ARGUMENT);
        CHECK(strstr(err.message, rows[i].text) != NULL);
        tool_options_clear(&options);
    }
}

/* Letters and names are unambiguous, and every option says what it is for. */
static void
the_table_is_sound(void)
{
    for (size_t i = 0; i < tool_option_count; i++) {
        const tool_option *option = &tool_option_table[i];
        CHECK_CASE(option->name);
        CHECK((option->argument != NULL) ==
              (option->kind != TOOL_FLAG && option->kind != TOOL_COUNT));
        CHECK(strlen(option->help) > 0 && strlen(option->help) < 60);
        CHECK((option->completion == TOOL_COMPLETE_WORDS) == (option->words != NULL));
        for (size_t k = 0; k < i; k++) {
            CHECK(strcmp(option->name, tool_option_table[k].name) != 0);
            CHECK(option->letter == '\0' || option->letter != tool_option_table[k].letter);
            CHECK(option->member != tool_option_table[k].member);
        }
    }
}

CHECK_MAIN(CHECK_TEST(letters_names_and_their_arguments), CHECK_TEST(lists_keep_their_order),
           CHECK_TEST(numbers_below_zero_are_arguments), CHECK_TEST(mistakes_are_named),
           CHECK_TEST(the_table_is_sound))
