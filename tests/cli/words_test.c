/* The words of the command line as a manual and as completions: all made from the commands' own
 * pages. */
#include <stdlib.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/str.h"
#include "tests/cli/run.h"
#include "tests/testing.h"

/* A line of shell in a folder of its own; what it printed. */
static const char *shell(const char *format, ...) PRINTF_LIKE(1, 2);
static const char *shell(const char *format, ...)
{
    static char out[65536];
    char line[4096], command[8192], path[512];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    const char *folder = testing_folder();
    snprintf(
        command, sizeof command,
        "cd %s && IRONFLY=%s && export IRONFLY HOME=%s XDG_CONFIG_HOME=%s IRONFLY_STRATEGIES=%s/strategies && unset IRONFLY_STORE IRONFLY_CONFIG && { %s\n} >out 2>&1",
        folder, IRONFLY_PROGRAM, folder, folder, IRONFLY_SOURCE_ROOT, line);
    int status = system(command);
    snprintf(path, sizeof path, "%s/out", folder);
    slurp(path, out, sizeof out);
    if (status != 0)
        fail_msg("%s: status %d: %s", line, status, out);
    return out;
}

TEST(words, every_option_that_a_page_names_is_taken)
{
    /* Every word that bash is told of, given to the program: an unknown one says so. The verbs'
     * own page holds for each of them, so the first verb stands for all. */
    const char *complaints = shell(
        "$IRONFLY completion bash | sed -n \"s/^        '\\([a-z -]*\\)'\\(\\*\\?\\)) words='--help *\\(.*\\)' ;;/\\1;\\2;\\3/p\" >pages; n=0; "
        "while IFS=';' read -r words star options; do for o in $options; do "
        "case \"$words$star\" in 'journal*') v=verify;; 'feed*') v=replay;; 'user*') v=list;; 'audit*') v=verify;; *) v=;; esac; "
        "n=$((n+1)); $IRONFLY $words $v $o </dev/null >/dev/null 2>err || grep -E 'unknown option|there is no .--' err || true; done; done <pages; "
        "test $n -gt 100");
    CHECK_STR(complaints, "");
}

/* What bash offers when Tab is pressed at the end of words. */
static const char *completed(const char *words)
{
    return shell(
        "touch 'some file.yaml'; bash --norc -c '. <($IRONFLY completion bash); set -- %s; COMP_WORDS=(\"$IRONFLY\" \"${@:2}\"); "
        "[[ \"%s\" == *\" \" ]] && COMP_WORDS+=(\"\"); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _ironfly; printf \"%%s\\n\" \"${COMPREPLY[@]}\"'",
        words, words);
}

TEST(words, bash_completes_commands_verbs_options_and_values)
{
    CHECK_STR(completed("ironfly bac"), "backtest\nbackup\n");
    CHECK_STR(completed("ironfly data i"), "import\n");
    CHECK_HAS(completed("ironfly data "), "simulate\n");
    CHECK_STR(completed("ironfly backtest --rep"), "--report\n");
    CHECK_STR(completed("ironfly data import --form"), "--format\n");
    CHECK_STR(completed("ironfly backtest x --fill m"), "mid\n");
    CHECK_STR(completed("ironfly journal show --jso"), "--json\n");
    CHECK_STR(completed("ironfly backtest iron_cond"), "iron_condor\n");
    CHECK_STR(completed("ironfly nonsense --x"), "\n");
    CHECK_HAS(completed("ironfly backtest x --report some"), "some file.yaml\n");
}

TEST(words, completions_of_other_shells_are_whole)
{
    struct ran *r = run("completion zsh");
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, "#compdef ironfly");
    CHECK_HAS(r->out, "'*--store[");
    if (system("command -v zsh >/dev/null") == 0)
        CHECK_EQ(
            system("cd " IRONFLY_SOURCE_ROOT " && " IRONFLY_PROGRAM " completion zsh | zsh -n"), 0);
    r = run("completion fish");
    CHECK_EQ(r->status, 0);
    CHECK_HAS(
        r->out,
        "complete -c ironfly -n '__fish_seen_subcommand_from data; and __fish_seen_subcommand_from import' -l mapping -rF");
    if (system("command -v fish >/dev/null") == 0)
        CHECK_EQ(system(IRONFLY_PROGRAM " completion fish | fish -n"), 0);
    CHECK_EQ(run("completion tcsh")->status, 2);
    CHECK_EQ(run("completion")->status, 2);
}

TEST(words, the_manual_has_every_page)
{
    struct ran *r = run("manual");
    CHECK_EQ(r->status, 0);
    CHECK_HAS(r->out, ".TH IRONFLY 1");
    static const char *const sections[] = { ".SS ironfly backtest\n", ".SS ironfly data import\n",
                                            ".SS ironfly serve\n",    ".SH SETTINGS",
                                            "IRONFLY_LOG_LEVEL",      ".B \\-\\-store DIR\n" };
    FOR_EACH (section, sections)
        CHECK_HAS(r->out, *section);
    /* groff takes it without a complaint. */
    if (system("command -v groff >/dev/null") == 0)
        CHECK_EQ(system("test -z \"$(" IRONFLY_PROGRAM
                        " manual | groff -man -Tascii -ww -rLL=140n 2>&1 >/dev/null)\""),
                 0);
}

TEST(words, the_page_of_settings_is_as_the_table_says)
{
    struct ran *r = run("settings --page");
    CHECK_EQ(r->status, 0);
    char page[65536];
    slurp(IRONFLY_SOURCE_ROOT "/docs/configuration.md", page, sizeof page);
    if (strcmp(page, r->out) != 0)
        fail_msg(
            "docs/configuration.md is not what the table says: write it with: ironfly settings --page >docs/configuration.md");
}

TEST(words, settings_say_where_they_come_from_and_hide_secrets)
{
    const char *out = shell(
        "printf 'log: { level: info }\\nserver: { token: abcdef }\\n' >ironfly.yaml; IRONFLY_STORE=/s $IRONFLY settings --json");
    CHECK_HAS(out, "{\"key\":\"log.level\",\"value\":\"info\",\"where\":\"ironfly.yaml:1:15\"}");
    CHECK_HAS(out, "{\"key\":\"store\",\"value\":\"/s\",\"where\":\"IRONFLY_STORE\"}");
    CHECK_HAS(out, "\"server.token\",\"value\":\"(set)\"");
    CHECK(!strstr(out, "abcdef"));
}
