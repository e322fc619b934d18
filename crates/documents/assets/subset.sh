#!/bin/sh
# Remakes the two font subsets of this folder. Needs fonttools; SOURCE is a folder with the full NotoSans-*.ttf.
set -eu
source=${1:?usage: subset.sh SOURCE}
here=$(dirname "$0")
unicodes="U+0020-007E,U+00A0-017F,U+0192,U+0218-021B,U+0384-03CE,U+0400-045F,U+0490-0491,U+1E9E,U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+2030,U+2039-203A,U+20A0-20BF,U+2116,U+2122,U+2190-2193,U+2212,U+2248,U+2260,U+2264-2265,U+FFFD"
for weight in Regular Bold; do
    pyftsubset "$source/NotoSans-$weight.ttf" --unicodes="$unicodes" --no-hinting --desubroutinize \
        --layout-features='' --notdef-outline --name-IDs='0,1,2,3,4,5,6,13,14' \
        --drop-tables+=GSUB,GPOS,GDEF,STAT,gasp --output-file="$here/NotoSans-$weight-subset.ttf"
done
