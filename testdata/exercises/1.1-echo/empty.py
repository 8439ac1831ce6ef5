# section: Your turn
# what: nothing is written yet
# program: echo-server
# fails: expect server '^listening on '
