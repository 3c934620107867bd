# Makes $2 a workspace of links to the one in $1, with the exercises as they are handed out: what a
# learner has made of them is none of the book's business.
rm -rf "$2" && mkdir -p "$2" && cd "$2" || exit
cp -rs "$1"/Cargo.* "$1"/lessons "$1"/shared "$1"/tests .
for file in "$1"/tests/coach/exercises/exercise-*.rs; do
  number=${file##*-}
  ln -sf "$file" lessons/"${number%.rs}"-*/exercise/src/main.rs
done
