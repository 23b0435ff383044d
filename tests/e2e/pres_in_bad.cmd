printf 'category: a\n\nnonsense: b\n\ncategory: c\n\n' | nmsgtool -f - -T logline -w out
status=$?
nmsgtool -r out -J - | sed 's/^{"time":"[^"]*"/{"time":"..."/'
exit $status
