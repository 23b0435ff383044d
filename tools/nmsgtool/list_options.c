/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the table of options for make_docs.py: a line for each, with tabs between its parts. */
#include "message/registry.h"
#include "options.h"

/* What the last column has for an option. */
static void
print_words(const tool_option *option)
{
    if (option->completion != TOOL_COMPLETE_TYPES) {
        printf("%s\n", option->words != NULL ? option->words : "");
        return;
    }
    for (size_t i = 0; i < nm_registry_schema_count(); i++) {
        printf("%s%s", i > 0 ? " " : "", nm_registry_schema(i)->name);
    }
    printf("\n");
}

int
main(void)
{
    static const char *const completions[] = {[TOOL_COMPLETE_NOTHING] = "nothing",
                                              [TOOL_COMPLETE_FILES] = "files",
                                              [TOOL_COMPLETE_USERS] = "users",
                                              [TOOL_COMPLETE_TYPES] = "words",
                                              [TOOL_COMPLETE_WORDS] = "words"};
    for (size_t i = 0; i < tool_option_count; i++) {
        const tool_option *o = &tool_option_table[i];
        char letter[2] = {o->letter, '\0'};
        printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t", tool_group_titles[o->group], letter, o->name,
               o->argument != NULL ? o->argument : "", o->help, o->detail != NULL ? o->detail : "",
               completions[o->completion]);
        print_words(o);
    }
    return 0;
}
