# Runs curl samples: a path per line of the input, and END with the error after the output of each.
while read -r path; do
    bash -e "$path" 2>stderr </dev/null && error='' || error="exit code $?: $(cat stderr)"
    printf '\n\0END %s\0' "$error"
done
