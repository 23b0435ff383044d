printf 'category: a\n\ncategory: b\n\n' | nmsgtool -f - -J -
