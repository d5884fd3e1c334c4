// An older Node has not what the next imports ask for, and would say so in its own words. Plain JavaScript that each Node reads.
const LEAST = 24;
if (Number.parseInt(process.versions.node, 10) < LEAST) {
  process.stderr.write(
    `This needs Node ${LEAST} or later, and ${process.execPath} is Node ${process.versions.node}. \`npm ci\` brings one, which \`npm start\` and bin/imports use. ` +
      'If npm runs no scripts here (ignore-scripts), `npm rebuild node --ignore-scripts=false` brings it.\n',
  );
  process.exit(1);
}
