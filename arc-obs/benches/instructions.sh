#!/usr/bin/env bash
# Instructions per call of each subject of the benches, counted by callgrind:
# unlike nanoseconds they do not depend on what else the machine does.
#
#   arc-obs/benches/instructions.sh [--gate]
#
# With --gate it fails where an agent, async or not, takes more than 250, or two labels
# more than 20.
# Without valgrind it measures nothing and succeeds, unless
# ARC_OBS_REQUIRE_SERVERS=1 says that nothing may be left out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly most=250 most_of_labels=20
# Two runs of different length: their difference has no start and no first call.
readonly few=1000 many=11000

gate=false
case ${1-} in
'') ;;
--gate) gate=true ;;
*)
    echo "usage: $0 [--gate]" >&2
    exit 2
    ;;
esac

if ! command -v valgrind >/dev/null; then
    echo "instructions: not measured, valgrind is not installed"
    [[ ${ARC_OBS_REQUIRE_SERVERS-} == 1 ]] && exit 1
    exit 0
fi

bench=$(cargo bench --quiet --package arc-obs --bench instructions --no-run --message-format json |
    sed -n 's/.*"executable":"\([^"]*\)".*/\1/p')
out=$(mktemp --directory)
trap 'rm -rf "$out"' EXIT

# run SUBJECT CALLS: the instructions of the calls, their profile in $out/SUBJECT.
run() {
    valgrind --tool=callgrind --collect-atstart=no --toggle-collect='instructions::counted*' \
        --callgrind-out-file="$out/$1" "$bench" "$1" "$2" >"$out/log" 2>&1 || {
        cat "$out/log" >&2
        return 1
    }
    awk '/^(summary|totals):/ { print $2; exit }' "$out/$1"
}

declare -A per_call
subjects=$("$bench")
for subject in $subjects; do
    least=$(run "$subject" "$few")
    most_calls=$(run "$subject" "$many")
    per_call[$subject]=$(((most_calls - least) / (many - few)))
done

# over_bare SUBJECT: more than a function with the same arguments takes.
over_bare() {
    local bare=bare
    [[ $1 == *-labels* ]] && bare+=-labels
    [[ $1 == *-async ]] && bare+=-async
    echo $((per_call[$1] - per_call[$bare]))
}

printf '%-20s %12s %10s\n' '' instructions 'over bare'
for subject in $subjects; do
    printf '%-20s %12d %10d\n' "$subject" "${per_call[$subject]}" "$(over_bare "$subject")"
done

if ((per_call[bare] == 0)); then
    echo "instructions: counted nothing, valgrind does not find the function that is counted" >&2
    exit 1
fi

# Valgrind shows programs a processor and a kernel of its own, so that a clock may
# be read in another way than without it.
reads_system_clock() { grep -q clock_gettime "$out/$1"; }
if reads_system_clock agent; then
    echo "clock: here arc-obs reads the system's, though it may read the time stamp counter without valgrind"
else
    echo 'clock: arc-obs reads the time stamp counter, as it does without valgrind'
fi
if reads_system_clock hand; then
    echo "clock: the hand-written subjects read the system's, by a call of which the kernel's part is not counted"
fi

if $gate; then
    failed=0
    for subject in agent agent-async; do
        if ((per_call[$subject] <= most)); then
            echo "gate: $subject ${per_call[$subject]} instructions, at most $most: ok"
        else
            echo "gate: $subject ${per_call[$subject]} instructions, at most $most: FAILED"
            failed=1
        fi
    done
    for subject in agent-labels agent-labels-async; do
        agent=agent
        [[ $subject == *-async ]] && agent=agent-async
        more=$(($(over_bare "$subject") - $(over_bare $agent)))
        if ((more <= most_of_labels)); then
            echo "gate: $subject $more instructions more than $agent, at most $most_of_labels: ok"
        else
            echo "gate: $subject $more instructions more than $agent, at most $most_of_labels: FAILED"
            failed=1
        fi
    done
    exit $failed
fi
