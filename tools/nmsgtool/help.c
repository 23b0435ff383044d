/* SPDX-License-Identifier: Apache-2.0 */
/* --help, from the table. */
#include <string.h>

#include "options.h"

enum { HELP_COLUMN = 31 /* Where the words begin that tell what an option does. */ };

static void
help_option(FILE *to, const tool_option *option)
{
    char names[128];
    int len = option->letter != '\0'
                  ? snprintf(names, sizeof names, "-%c, --%s", option->letter, option->name)
                  : snprintf(names, sizeof names, "    --%s", option->name);
    if (option->argument != NULL) {
        len += snprintf(names + len, sizeof names - (size_t)len, " %s", option->argument);
    }
    if (len + 3 > HELP_COLUMN) {
        fprintf(to, "  %s\n%*s", names, HELP_COLUMN, "");
    } else {
        fprintf(to, "  %-*s", HELP_COLUMN - 2, names);
    }
    fprintf(to, "%s\n", option->help);
}

void
tool_options_help(FILE *to)
{
    fprintf(to, "Usage: nmsgtool [OPTION]...\n"
                "Pass NMSG messages from inputs to outputs.\n");
    for (int group = 0; group < TOOL_GROUP_COUNT; group++) {
        fprintf(to, "\n%s:\n", tool_group_titles[group]);
        for (size_t i = 0; i < tool_option_count; i++) {
            if ((int)tool_option_table[i].group == group) {
                help_option(to, &tool_option_table[i]);
            }
        }
    }
}
