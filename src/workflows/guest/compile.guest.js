// Tells of each expression what is wrong with its grammar. Nothing of it is run.
input.codes.map((code) => {
  try {
    new Function(`"use strict"; return (${code}\n);`);
    return null;
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
});
