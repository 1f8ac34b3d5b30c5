"""The hub's pattern book: one design a line.

Stuffs (body first), category, finish, form, radius, width and thickness in cm, ornament, then what is joined
to it. A bead strand's width is its beads', a chain's width is its links' and its thickness their wire's.
"""

TABLE = """
brass bangle polished round   3.25 0.55 0.50 none
brass bangle satin    flat    3.30 1.10 0.26 lines
brass bangle hammered flat    3.20 1.60 0.22 none
brass bangle hammered dome    3.35 0.90 0.35 none
brass bangle aged     dome    3.25 0.80 0.35 zigzag
brass bangle polished flat    3.30 2.20 0.20 letters
brass bangle polished twist   3.25 0.60 0.34 none
brass bangle satin    channel 3.30 1.40 0.30 stars
brass bangle aged     twist   3.20 0.50 0.28 none
brass bangle polished dome    3.30 1.20 0.35 filed
brass bangle satin    flat    3.25 1.70 0.22 woven
brass bangle polished knife   3.30 0.95 0.40 none wire
brass cuff   polished flat    3.00 3.00 0.20 lines
brass cuff   hammered flat    3.05 2.40 0.20 none
brass cuff   satin    dome    2.95 1.40 0.30 dots
brass cuff   aged     flat    3.00 1.90 0.22 none wire
brass cuff   polished round   2.95 0.50 0.46 none balls
brass cuff   hammered flat    3.00 1.50 0.22 none rivets
brass cuff   aged     flat    3.05 2.80 0.20 chevrons
brass cuff   satin    channel 3.00 1.80 0.26 waves
brass cuff   polished braid   3.00 0.90 0.34 none
brass ring   polished dome    0.98 0.55 0.22 none
brass ring   hammered flat    1.00 0.85 0.18 none
brass ring   satin    flat    0.96 0.65 0.18 lines
brass ring   aged     dome    1.00 0.75 0.24 dots
brass ring   polished twist   0.98 0.36 0.22 none
brass ring   polished coil    0.98 0.20 0.20 none
brass ring   satin    flat    1.00 0.95 0.18 letters
brass ring   polished channel 0.98 0.80 0.22 filed
brass hoop   polished round   1.90 0.24 0.24 none
brass hoop   hammered flat    2.20 0.50 0.18 none pair
brass hoop   satin    round   2.50 0.32 0.32 none wire
brass hoop   polished twist   2.00 0.32 0.20 none pair
brass hoop   polished flat    1.80 0.70 0.16 stars
brass hoop   aged     flat    2.10 0.60 0.18 zigzag dangle
brass hoop   polished round   1.70 0.22 0.22 none beads pair
brass pendant polished round  1.80 0.00 0.18 letters
brass pendant hammered round  2.10 0.00 0.17 none
brass pendant satin   tear    2.20 0.00 0.19 lines
brass pendant aged    shield  2.10 0.00 0.20 dots
brass pendant hammered leaf   2.40 0.00 0.16 none
brass pendant aged    round   1.90 0.00 0.18 sun
brass pendant satin   open    1.90 0.40 0.18 none dangle
brass pendant polished heart  1.80 0.00 0.20 letters
brass pendant hammered fan    2.20 0.00 0.17 none dangle
brass pendant polished hand   2.00 0.00 0.18 dots cord
brass pendant satin   hexagon 1.80 0.00 0.20 stars rivets
brass drop   polished leaf    1.60 0.00 0.15 veins pair
brass drop   hammered tear    1.50 0.00 0.15 none
brass drop   satin    spiral  1.30 0.19 0.19 none pair
brass drop   polished fan     1.50 0.00 0.15 lines dangle pair
brass drop   aged     round   1.20 0.00 0.15 sun pair
brass drop   hammered open    1.40 0.36 0.15 none
brass drop   polished diamond 1.50 0.00 0.15 woven
brass wrap   polished spiral  1.90 0.24 0.24 none
brass wrap   polished coiled  2.95 0.90 0.20 none
brass wrap   satin    weave   2.95 1.00 0.22 none
brass wrap   polished bundle  3.00 0.90 0.18 none
brass wrap   aged     coiled  3.00 1.20 0.22 none
brass wrap   hammered band    2.95 1.00 0.20 none
brass beads  polished round   2.90 0.42 0.42 none
brass beads  hammered barrel  3.10 0.50 0.50 none
brass beads  aged     round   2.60 0.36 0.36 none
brass beads  satin    tube    2.90 0.34 0.34 none
brass chain  polished cable   2.60 0.62 0.12 none
brass chain  satin    curb    2.60 0.70 0.15 none
brass chain  hammered rings   2.80 1.00 0.15 none
brass chain  aged     cable   2.60 0.80 0.15 none
brass chain  polished clip    2.80 0.50 0.11 none
brass chain  polished bar     2.80 0.45 0.11 none
brass chain  satin    figaro  2.70 0.60 0.13 none
horn  bangle polished round   3.25 0.70 0.62 none
horn  bangle satin    flat    3.30 1.50 0.40 none
horn  bangle polished knife   3.30 1.10 0.60 none
horn  bangle satin    dome    3.30 1.40 0.45 filed
horn  cuff   polished flat    3.00 2.40 0.34 none
horn  cuff   satin    dome    3.00 1.60 0.38 lines
horn  ring   polished dome    0.98 0.70 0.28 none
horn  ring   satin    flat    1.00 0.80 0.27 lines
horn  hoop   polished round   2.20 0.36 0.36 none
horn  hoop   polished flat    2.00 0.60 0.26 none pair
horn  pendant polished round  2.10 0.00 0.32 dots
horn  pendant satin   tear    2.30 0.00 0.30 none
horn  pendant polished crescent 2.10 0.00 0.30 none
horn  pendant polished open   2.00 0.60 0.32 none
horn  drop   polished leaf    1.70 0.00 0.22 none pair
horn  drop   satin    round   1.30 0.00 0.22 dots pair
horn  beads  polished round   2.80 0.46 0.46 none
horn  beads  satin    barrel  3.00 0.52 0.52 none
horn  beads  polished heishi  2.80 0.60 0.60 none
horn  chain  polished rings   2.80 1.10 0.22 none
bone  bangle satin    flat    3.30 1.30 0.42 none
bone  bangle polished round   3.25 0.66 0.60 lines
bone  bangle satin    dome    3.30 1.70 0.45 dots
bone  cuff   satin    flat    3.00 2.10 0.36 zigzag
bone  ring   polished dome    0.98 0.75 0.28 none
bone  ring   satin    flat    1.00 0.85 0.27 chevrons
bone  hoop   polished round   2.10 0.36 0.36 none
bone  hoop   satin    flat    1.90 0.55 0.28 dots pair
bone  pendant satin   round   2.10 0.00 0.30 dots
bone  pendant polished shield 2.20 0.00 0.30 zigzag
bone  pendant satin   leaf    2.40 0.00 0.28 veins
bone  pendant polished tusk   2.30 0.00 0.34 none
bone  drop   polished tear    1.60 0.00 0.24 dots
bone  drop   satin    bar     1.60 0.00 0.24 lines pair
bone  beads  satin    round   2.80 0.46 0.46 none
bone  beads  polished barrel  3.00 0.50 0.50 none
bone  beads  satin    heishi  2.80 0.56 0.56 none
bone  chain  polished rings   2.80 1.10 0.24 none
horn+brass  bangle polished dome    3.30 1.90 0.45 band
horn+bone   bangle polished flat    3.30 1.60 0.40 tiles
brass+bone  bangle satin    flat    3.25 1.50 0.30 diamonds
brass+horn  bangle polished channel 3.30 1.30 0.32 tiles
bone+horn   bangle satin    dome    3.30 1.50 0.45 coins
brass+horn  cuff   satin    flat    3.00 2.20 0.24 coins
brass+bone  cuff   hammered flat    3.00 1.80 0.24 none stone
horn+brass  cuff   polished dome    3.00 1.70 0.36 none rivets
wood+brass  cuff   satin    flat    3.00 1.90 0.36 band rivets
brass+horn  ring   polished dome    0.98 0.55 0.22 none stone
brass+bone  ring   hammered flat    1.00 0.60 0.20 none stone
horn+brass  ring   polished dome    1.00 0.80 0.28 band
bone+brass  ring   satin    flat    1.00 0.90 0.27 tiles
brass+horn  hoop   polished round   2.00 0.24 0.24 none beads
brass+ceramic hoop satin    round   1.80 0.22 0.22 none beads pair
horn+brass  hoop   polished flat    2.10 0.60 0.28 none rivets
brass+bone  hoop   polished round   2.20 0.24 0.24 none dangle
horn+brass  pendant polished round  2.10 0.00 0.32 sun rivets
horn+bone   pendant polished shield 2.20 0.00 0.30 coins
bone+brass  pendant satin   tear    2.20 0.00 0.30 none layer
brass+horn  pendant hammered round  2.00 0.00 0.22 none stone
brass+bone  pendant aged    square  1.80 0.00 0.22 dots stone
wood+brass  pendant satin   round   2.00 0.00 0.32 none layer rivets
brass+ceramic pendant polished tear 2.10 0.00 0.20 none stone dangle
brass+horn  drop   polished tear    1.50 0.00 0.18 none stone pair
horn+brass  drop   polished round   1.30 0.00 0.22 none layer pair
brass+bone  drop   satin    stack   1.50 0.42 0.42 none pair
brass+ceramic drop polished stack   1.40 0.46 0.46 none pair
bone+brass  drop   satin    leaf    1.60 0.00 0.22 none dangle
horn+brass+bone   beads polished round  2.80 0.46 0.46 none
wood+brass        beads satin    round  2.90 0.48 0.48 none
ceramic+brass     beads polished round  2.80 0.50 0.50 none
bone+horn         beads satin    heishi 2.80 0.56 0.56 none
wood+bone+brass   beads satin    barrel 3.00 0.48 0.48 none dangle
ceramic+wood      beads polished barrel 2.90 0.46 0.46 none
ceramic+brass     beads polished multi  2.80 0.26 0.26 none
bone+brass+horn   beads polished multi  2.80 0.28 0.28 none
brass+horn  chain  polished rosary  2.80 0.50 0.10 none
brass+bone  chain  satin    rosary  2.80 0.50 0.10 none
horn+brass  chain  polished rings   2.80 1.10 0.24 none
brass+ceramic chain polished rosary 2.80 0.54 0.10 none
brass+horn  wrap   polished stone   2.95 0.80 0.20 none
brass+bone  wrap   satin    stone   2.95 0.90 0.20 none
brass+ceramic wrap polished strung  2.95 0.50 0.16 none
brass+wood  wrap   satin    strung  2.95 0.50 0.16 none
brass+horn  wrap   polished ladder  2.90 0.44 0.16 none
brass+ceramic wrap polished ladder  2.90 0.40 0.16 none
"""
