/* SPDX-License-Identifier: Apache-2.0 */
/* Where the alias files of operators, groups and channels are, and reading those that are tables.
 *
 * All functions look at the environment: not to be called while another thread changes it. */
#ifndef NM_IO_ALIAS_FILES_H
#define NM_IO_ALIAS_FILES_H

#include "base/status.h"
#include "message/alias.h"

/** What an alias stands for. */
typedef enum nm_alias_kind {
    NM_ALIAS_OPERATOR, /**< NMSG_OPALIAS_FILE, nmsg.opalias. */
    NM_ALIAS_GROUP,    /**< NMSG_GRALIAS_FILE, nmsg.gralias. */
    NM_ALIAS_CHANNEL,  /**< NMSG_CHALIAS_FILE, nmsg.chalias, then nmsgtool.chalias. */
} nm_alias_kind;

enum {
    NM_ALIAS_PATHS_MAX = 8,                  /**< Four folders, two names in each. */
    NM_ALIAS_FILE_LEN_MAX = 16 * 1024 * 1024 /**< Octets of a file. */
};

/** The places of an alias file; the first that exists counts. */
typedef struct nm_alias_paths {
    size_t count;
    char *paths[NM_ALIAS_PATHS_MAX];
} nm_alias_paths;

/** List the places of a file.
 *
 *  When the environment variable of the kind is set, even to nothing, that is what it says and no
 *  other. Else they are in $XDG_CONFIG_HOME/nmsg (where that is no absolute path:
 *  $HOME/.config/nmsg, if HOME is set), /etc, /usr/local/etc, and the folder for configuration that
 *  the build was given; in each all names of the kind.
 *  @param out  Written on NM_OK only; caller frees with nm_alias_paths_clear().
 *  @return NM_OK, NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_alias_paths_list(nm_alias_kind kind, nm_alias_paths *out, nm_error *err);

/** Free the paths. Accepts a zeroed struct. */
void nm_alias_paths_clear(nm_alias_paths *paths);

/** Read the alias file of operators or groups.
 *
 *  A malformed line is no error, see nm_alias_malformed_line().
 *  @param out       NULL when there is no file; caller frees with nm_alias_table_free(). Written on
 *                   NM_OK only.
 *  @param out_path  Optional: path of the file, NULL when there is none; caller frees with free().
 *                   Written on NM_OK only.
 *  @param err       Optional; names the file.
 *  @return NM_OK; NM_E_SYSTEM: the file is there, or the environment names it, but cannot be read;
 *          NM_E_LIMIT: larger than NM_ALIAS_FILE_LEN_MAX; NM_E_NOMEM. */
NM_MUST_CHECK nm_status nm_alias_file_load(nm_alias_kind kind, nm_alias_table **out,
                                           char **out_path, nm_error *err);

/** Read both files, of operators and of groups.
 *  @param out_operators, out_groups  As `out` of nm_alias_file_load(); neither is written on
 *  failure.
 *  @return as nm_alias_file_load(). */
NM_MUST_CHECK nm_status nm_alias_files_load(nm_alias_table **out_operators,
                                            nm_alias_table **out_groups, nm_error *err);

#endif
