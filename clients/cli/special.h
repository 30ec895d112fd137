/* Commands that need more than one request, or none. Each is a command's run, or its
 * add. */
#ifndef KRING_CLI_SPECIAL_H
#define KRING_CLI_SPECIAL_H

#include "clients/cli/command.h"

/* begin.c */
enum cli_exit run_init(struct cli *cli);
enum cli_exit run_device_accept(struct cli *cli);
enum cli_exit run_join(struct cli *cli);
enum cli_exit run_found(struct cli *cli);

/* compose.c */
enum cli_exit run_concern(struct cli *cli);
enum cli_exit run_edit(struct cli *cli);

/* signal.c, return.c: without an account */
enum cli_exit run_signal(struct cli *cli);
enum cli_exit run_return(struct cli *cli);

/* case_file.c */
enum cli_exit run_case_save(struct cli *cli);

/* recovery.c: new digits, on paper by now, as the request's field next or recovery */
enum cli_exit recovery_add_next(struct cli *cli, cJSON *request);
enum cli_exit recovery_add_new(struct cli *cli, cJSON *request);

/* program.c */
enum cli_exit run_sync(struct cli *cli);
enum cli_exit run_follow(struct cli *cli);
enum cli_exit run_passphrase(struct cli *cli);
enum cli_exit run_delete_account(struct cli *cli);

/* help.c, completion.c: no keystore needed */
enum cli_exit run_help(struct cli *cli);
enum cli_exit run_completion(struct cli *cli);

#endif
