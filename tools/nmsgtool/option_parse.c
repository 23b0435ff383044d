/* SPDX-License-Identifier: Apache-2.0 */
/* Words of a command line to options. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/number.h"
#include "options.h"

/* Options that still want their argument, in the order in which they were met. */
typedef struct parser {
    tool_options *options;
    nm_error *err;
    const tool_option **waiting; /* Room for every letter of the command line. */
    size_t first;                /* Of those that wait. */
    size_t end;
    size_t arguments_left; /* Words of the rest of the line that can only be arguments. */
} parser;

static void *
member_of(tool_options *options, const tool_option *option)
{
    return (char *)options + option->member;
}

static nm_status
complain_number(const parser *p, const tool_option *option, const char *text)
{
    return nm_error_set(p->err, NM_E_ARGUMENT, 0,
                        "usage error: argument to %s%.*s is not a number: '%.60s'",
                        option->letter != '\0' ? "-" : "--", option->letter != '\0' ? 1 : 40,
                        option->letter != '\0' ? &option->letter : option->name, text);
}

/* An option that takes no argument was met. */
static void
apply_flag(const parser *p, const tool_option *option)
{
    void *member = member_of(p->options, option);
    if (option->kind == TOOL_COUNT) {
        *(unsigned *)member += 1;
    } else {
        *(bool *)member = true;
    }
}

/* Give an option its argument. */
static nm_status
apply(const parser *p, const tool_option *option, const char *argument)
{
    void *member = member_of(p->options, option);
    tool_list *list = member;
    const char **items = NULL;
    switch (option->kind) {
    case TOOL_FLAG:
    case TOOL_COUNT:
        break; /* apply_flag() */
    case TOOL_NUMBER:
        return nm_number_parse_i64(nm_span_of(argument, strlen(argument)), member)
                   ? NM_OK
                   : complain_number(p, option, argument);
    case TOOL_TEXT:
        *(const char **)member = argument;
        return NM_OK;
    case TOOL_LIST:
        items = realloc(list->items, (list->count + 1) * sizeof *items);
        if (items == NULL) {
            return nm_error_set(p->err, NM_E_NOMEM, 0, "no memory for options");
        }
        list->items = items;
        items[list->count++] = argument;
        return NM_OK;
    }
    return NM_OK;
}

static const tool_option *
option_by_letter(char letter)
{
    for (size_t i = 0; i < tool_option_count; i++) {
        if (letter != '\0' && tool_option_table[i].letter == letter) {
            return &tool_option_table[i];
        }
    }
    return NULL;
}

/* An option was met that takes no argument, or has to wait for it. */
static nm_status
meet(parser *p, const tool_option *option)
{
    if (option->argument == NULL) {
        apply_flag(p, option);
        return NM_OK;
    }
    p->waiting[p->end++] = option;
    return NM_OK;
}

/* An argument was met. */
static nm_status
fill(parser *p, const char *argument)
{
    if (p->first == p->end) {
        return nm_error_set(p->err, NM_E_ARGUMENT, 0,
                            "usage problem, unwanted additional argument '%.80s'", argument);
    }
    return apply(p, p->waiting[p->first++], argument);
}

static bool
is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* Numbers below zero begin with a dash, too: they are arguments where one is wanted. */
static bool
is_argument(const parser *p, const char *word)
{
    return !is_option(word) ||
           (p->first < p->end && nm_ascii_is_digit((uint8_t)word[1]) && word[1] != '\0');
}

/* Whether `letters` are all options, and there are words for what they and those that wait want. */
static bool
are_letters(const parser *p, const char *letters)
{
    size_t wanted = p->end - p->first + 1;
    for (; *letters != '\0'; letters++) {
        const tool_option *option = option_by_letter(*letters);
        if (option == NULL) {
            return false;
        }
        wanted += option->argument != NULL;
    }
    return wanted <= p->arguments_left;
}

static nm_status
parse_letters(parser *p, const char *letters)
{
    nm_status status = NM_OK;
    for (; status == NM_OK && *letters != '\0'; letters++) {
        const tool_option *option = option_by_letter(*letters);
        if (option == NULL) {
            return nm_error_set(p->err, NM_E_ARGUMENT, 0,
                                "usage problem, unknown short option '-%c'.", *letters);
        }
        if (option->argument != NULL && letters[1] != '\0' && !are_letters(p, letters + 1)) {
            return apply(p, option, letters + 1);
        }
        status = meet(p, option);
    }
    return status;
}

/* The option that `name` means; NULL with *err filled when there is none, or several. */
static const tool_option *
option_by_name(const parser *p, const char *name, size_t len)
{
    const tool_option *found = NULL;
    for (size_t i = 0; i < tool_option_count; i++) {
        const tool_option *option = &tool_option_table[i];
        if (strncmp(option->name, name, len) != 0) {
            continue;
        }
        if (option->name[len] == '\0') {
            return option;
        }
        if (found != NULL) {
            (void)nm_error_set(p->err, NM_E_ARGUMENT, 0,
                               "usage problem, '--%.*s' might be '%s' or '%s'", (int)len, name,
                               found->name, option->name);
            return NULL;
        }
        found = option;
    }
    if (found == NULL) {
        (void)nm_error_set(p->err, NM_E_ARGUMENT, 0,
                           "usage problem, unknown long option '--%.80s'.", name);
    }
    return found;
}

static nm_status
parse_name(parser *p, const char *name)
{
    size_t len = strcspn(name, "=");
    const tool_option *option = option_by_name(p, name, len);
    if (option == NULL) {
        return NM_E_ARGUMENT;
    }
    if (name[len] == '\0') {
        return meet(p, option);
    }
    if (option->argument == NULL) {
        return nm_error_set(p->err, NM_E_ARGUMENT, 0, "usage problem, --%s takes no argument",
                            option->name);
    }
    return apply(p, option, name + len + 1);
}

/* Words that can only be arguments, and room for options that wait. */
static nm_status
prepare(parser *p, int count, const char *const *words)
{
    size_t letters = 1;
    for (int i = 1; i < count; i++) {
        letters += is_option(words[i]) ? strlen(words[i]) : 0;
        p->arguments_left += !is_option(words[i]);
    }
    p->waiting = calloc(letters, sizeof *p->waiting);
    return p->waiting != NULL ? NM_OK
                              : nm_error_set(p->err, NM_E_NOMEM, 0, "no memory for options");
}

nm_status
tool_options_parse(int count, const char *const *words, tool_options *out, nm_error *err)
{
    memset(out, 0, sizeof *out);
    parser p = {.options = out, .err = err};
    bool is_rest = false; /* "--" was met: what follows are arguments. */
    nm_status status = prepare(&p, count, words);
    for (int i = 1; status == NM_OK && i < count; i++) {
        const char *word = words[i];
        p.arguments_left -= !is_option(word);
        if (is_rest || is_argument(&p, word)) {
            status = fill(&p, word);
        } else if (strcmp(word, "--") == 0) {
            is_rest = true;
        } else if (word[1] == '-') {
            status = parse_name(&p, word + 2);
        } else {
            status = parse_letters(&p, word + 1);
        }
    }
    if (status == NM_OK && p.first < p.end) {
        const tool_option *option = p.waiting[p.first];
        status = nm_error_set(err, NM_E_ARGUMENT, 0, "usage problem, --%s lacks its argument",
                              option->name);
    }
    free(p.waiting);
    return status;
}

void
tool_options_clear(tool_options *options)
{
    for (size_t i = 0; i < tool_option_count; i++) {
        if (tool_option_table[i].kind == TOOL_LIST) {
            tool_list *list = member_of(options, &tool_option_table[i]);
            free(list->items);
            *list = (tool_list){.count = 0};
        }
    }
}
