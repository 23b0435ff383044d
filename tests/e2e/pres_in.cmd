nmsgtool -r ten.nmsg -c 3 -o text
nmsgtool -f text -J -
printf 'category: a\nmessage: b\n\ncategory: c\n\n' | nmsgtool -f - -V base -T logline -w - |
    nmsgtool -r - -J - | sed 's/^{"time":"[^"]*"/{"time":"..."/'
