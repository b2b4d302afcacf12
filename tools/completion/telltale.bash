# Completion of telltale for bash.

# Fills COMPREPLY with the words of $1 that begin with $2.
_telltale_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

# Fills COMPREPLY with folders, and with files whose names match the pattern $1.
_telltale_files()
{
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -d -- "$2"; compgen -f -X "!$1" -- "$2" | while read -r file; do
        [ -d "$file" ] || echo "$file"
    done)
}

_telltale()
{
    local current=${COMP_WORDS[COMP_CWORD]}
    local previous=${COMP_WORDS[COMP_CWORD - 1]}
    local command=${COMP_WORDS[1]}
    local captures='*.@(pcap|pcapng|cap|snoop|btsnoop|gz|zst|xz|lz4)'
    local sheets='*.@(yaml|yml)'
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        _telltale_words 'test messages subject policy report compare verify list --help --version' "$current"
        return
    fi
    # Patterns like @(a|b) need extglob while they are used.
    local extglob
    extglob=$(shopt -p extglob)
    shopt -s extglob
    case $command:$previous in
    test:--subject | test:--timeline | test:--policy | test:--recipes | report:--subject | verify:--subject | verify:--recipes)
        _telltale_files "$sheets" "$current"
        ;;
    test:--geo)
        _telltale_files '*.mmdb' "$current"
        ;;
    test:-o | test:--output | report:-o | report:--output | report:--compare | compare:-o | compare:--output | test:--json | messages:--json | messages:--har | verify:--json)
        _telltale_files '*' "$current"
        ;;
    compare:-f | compare:--format)
        _telltale_words 'text json' "$current"
        ;;
    report:-f | report:--format)
        _telltale_words 'text json advisory' "$current"
        ;;
    *)
        case $command:$current in
        test:-*)
            _telltale_words '--subject --timeline --policy --geo --vantage --recipes --output --json --reveal --quiet --help' \
                "$current"
            ;;
        messages:-*)
            _telltale_words '--json --har --reveal --quiet --help' "$current"
            ;;
        subject:-*)
            _telltale_words '--reveal --help' "$current"
            ;;
        report:-*)
            _telltale_words '--format --output --subject --reveal --compare --help' "$current"
            ;;
        compare:-*)
            _telltale_words '--format --output --quiet --help' "$current"
            ;;
        verify:-*)
            _telltale_words '--subject --keys --psk --recipes --json --quiet --help' "$current"
            ;;
        policy:-* | list:-*)
            _telltale_words '--help' "$current"
            ;;
        list:*)
            _telltale_words 'protocols codings kinds limits formats policies' "$current"
            ;;
        subject:* | policy:*)
            _telltale_files "$sheets" "$current"
            ;;
        report:* | compare:* | verify:*)
            _telltale_files '*' "$current"
            ;;
        test:* | messages:*)
            _telltale_files "$captures" "$current"
            ;;
        esac
        ;;
    esac
    $extglob
}

complete -F _telltale telltale
